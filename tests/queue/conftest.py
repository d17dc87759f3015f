import sys
from pathlib import Path

# The jobs that the tests run are found by their path, here and in processes of their own.
sys.path.insert(0, str(Path(__file__).parent))
