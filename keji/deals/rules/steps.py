"""A deal has a next step of its own: the follow-up tasks that are about it."""

from keji.agenda.rules.heartbeat import CARRIERS
from keji.deals.models import Deal

CARRIERS[Deal.RECORD] = Deal
