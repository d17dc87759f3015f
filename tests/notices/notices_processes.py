"""The processes of the proof: `prepare HOME` lays out an installation where lin has mail and a robot, `write NAME COUNT`
hands customers to lin, `work` is a worker whose clock runs quicker."""

import sys
from secrets import token_hex

from hooks_processes import work

from keji.access.models import Entry, Person

SECRET = "SECproof"


def prepare(home):
    from keji.cli import migrate
    from keji.demo import build
    from keji.notices.models import Preference
    from keji.notices.rules.channels import add_robot, switch_mail
    from keji.notices.rules.fanout import begin

    migrate()
    build(0)
    begin()
    Person.objects.filter(username="lin").update(email="lin@example.com")
    lin = Person.objects.get(username="lin")
    Preference.objects.create(person=lin, ways={"customers.handed": ["INBOX", "MAIL", "ROBOT"]})
    switch_mail(lin, True)
    add_robot(lin, "DINGTALK", "试验", f"{home}/robot/send?access_token={token_hex(10)}", SECRET)


def write(name, count):
    """Go on from where the writer before this one was killed. Each has its reason, else they were told in one notice."""
    from keji.customers.rules.owners import transfer
    from keji.customers.rules.register import register

    wang, lin = Person.objects.get(username="wang"), Person.objects.get(username="lin")
    for number in range(Entry.objects.filter(action="customers.assign", why__startswith=f"{name} ").count(), int(count)):
        customer = register(wang, {"name": f"击杀{token_hex(10)}公司"}, {"name": "李梅"})
        transfer(wang, customer, lin.pk, f"{name} {number}")


if __name__ == "__main__":
    {"prepare": prepare, "write": write, "work": work}[sys.argv[1]](*sys.argv[2:])
