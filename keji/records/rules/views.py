"""Questions to a list that people keep under a name, each for himself."""

from django.db import transaction
from django.utils.translation import gettext as _

from keji.access.models import Person
from keji.kernel.errors import Problem, Unfit
from keji.records.models import SavedView

MOST = 50
LONGEST, QUERY = 30, 2000


def save_view(person: Person, record: str, name: str, query: str) -> SavedView:
    """Keep a question under a name; the same name again takes the place of the one before."""
    name = " ".join(name.split())
    if not name:
        raise Unfit(Problem("name", "E_REQUIRED", _("请填写视图名称")))
    if len(name) > LONGEST:
        raise Unfit(Problem("name", "E_LENGTH", _("视图名称最多 %(most)d 个字") % {"most": LONGEST}))
    if not query or len(query) > QUERY:
        raise Unfit(Problem("query", "E_LENGTH", _("先选好条件再保存；条件太多的存不下")))
    with transaction.atomic():
        mine = SavedView.objects.filter(person=person, record=record)
        if not mine.filter(name=name).exists() and mine.count() >= MOST:
            raise Unfit(Problem("name", "E_TOO_MANY", _("一个列表最多存 %(most)d 个视图，先删几个") % {"most": MOST}))
        return SavedView.objects.update_or_create(person=person, record=record, name=name, defaults={"query": query})[0]


def drop_view(view: SavedView) -> None:
    """Forget a view of one's own."""
    view.delete()
