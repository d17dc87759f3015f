"""Why a file is not taken, as a key that the parent turns into a sentence."""


class Refusal(Exception):
    def __init__(self, key: str, **values: int):
        super().__init__(key)
        self.key, self.values = key, values
