"""The `keji` command: thin, each verb a few lines over the rules that pages use."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

OK, FAILED, WRONG = 0, 1, 2


def start() -> None:
    """Set Django up; wrong settings have stopped the program with one line by then."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keji.settings")
    import django

    django.setup()


def say(told: Any, as_json: bool, text: str) -> None:
    print(json.dumps(told, ensure_ascii=False, default=str) if as_json else text)


def fail(text: str, code: int = FAILED) -> int:
    print(f"keji: {text}", file=sys.stderr)
    return code


def migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    from keji.database.counting import count_anew
    from keji.desk.rules import prepare

    made = MigrationRecorder(connection)
    before = made.applied_migrations()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    prepare()
    if made.applied_migrations() != before:  # a table that was made anew has lost what was counted
        count_anew()


def serve(args: argparse.Namespace) -> int:
    start()
    from django.conf import settings

    from keji.clocks.rules.watch import begin
    from keji.desk.rules import first_person
    from keji.kernel.certificates import own
    from keji.notices.rules import fanout
    from keji.serving import serve as run

    migrate()
    begin()
    fanout.begin()
    if made := first_person():
        person, password = made
        print(
            f"新的安装。管理员登录名 {person.username}，一次性密码 {password}（只显示这一次，首次登录时修改）",
            flush=True,
        )
    certificate = own(settings.DATA / "tls", settings.BASE.hostname or "") if settings.OWN_CERTIFICATE else None
    if certificate:
        print(f"证书 {certificate.cert} 的 SHA-256 指纹：{certificate.fingerprint}", flush=True)
    return run(args.host or settings.HOST, args.port or settings.PORT, args.workers, certificate=certificate)


def demo(args: argparse.Namespace) -> int:
    start()
    from django.conf import settings

    from keji.demo import build

    if not settings.LOOPBACK:
        return fail("演示账号只能用在本机地址上", WRONG)
    migrate()
    made = build(args.customers, args.seed)
    lines = [f"演示数据：{made['customers']} 个客户，{made['contacts']} 位联系人"]
    lines += [f"  {one['username']:<8} {one['password']:<22} {one['label']}" for one in made["accounts"]]
    say(made, args.json, "\n".join(lines))
    return OK


def person(args: argparse.Namespace) -> int:
    start()
    migrate()
    from keji.access.models import Person, Team
    from keji.access.rules import people
    from keji.kernel.errors import Unfit

    try:
        if args.do == "list":
            found = [
                {"username": p.username, "name": p.name, "active": p.is_active}
                for p in Person.objects.order_by("username")
            ]
            say(
                found,
                args.json,
                "\n".join(f"{p['username']:<20} {p['name']}{'' if p['active'] else '（停用）'}" for p in found),
            )
            return OK
        if args.do == "add":
            team = Team.objects.filter(name=args.team).first() if args.team else None
            if args.team and team is None:
                return fail(f"没有叫“{args.team}”的团队", WRONG)
            made, password = people.add_person(None, args.username, args.name or args.username, args.role, team)
            say(
                {"username": made.username, "password": password},
                args.json,
                f"已添加 {made.username}，一次性密码 {password}",
            )
            return OK
        known = Person.objects.filter(username=args.username).first()
        if known is None:
            return fail(f"没有登录名“{args.username}”", WRONG)
        if args.do == "password":
            password = people.reset_password(None, known)
            say(
                {"username": known.username, "password": password},
                args.json,
                f"{known.username} 的一次性密码 {password}",
            )
        elif args.do == "enable":
            people.enable(None, known)
        else:
            people.disable(None, known)
            say({"username": known.username, "active": False}, args.json, f"{known.username} 已停用，所有会话已结束")
    except Unfit as error:
        return fail(error.problems[0].message, WRONG)
    return OK


def token(args: argparse.Namespace) -> int:
    """keji token: the same tokens as on the page of the person."""
    start()
    migrate()
    from keji.access import queries, tokens
    from keji.access.models import Person
    from keji.access.rules.tokens import issue, revoke
    from keji.kernel.errors import NotThere, Unfit

    known = Person.objects.filter(username=args.username).first()
    if known is None:
        return fail(f"没有登录名“{args.username}”", WRONG)
    held = queries.tokens(known)
    try:
        if args.do == "list":
            told = [{"id": one.pk, "name": one.name, "prefix": one.prefix, "scopes": one.scopes, "active": one.alive} for one in held]
            say(told, args.json, "\n".join(f"{t['id']:>4} {t['prefix']}… {t['name']} {','.join(t['scopes'])}{'' if t['active'] else '（失效）'}" for t in told))
            return OK
        if args.do == "revoke":
            if args.id not in [one.pk for one in held]:
                raise NotThere(args.id)
            revoke(None, args.id)
            say({"id": args.id, "active": False}, args.json, f"令牌 {args.id} 已撤销")
            return OK
        made, secret = issue(known, args.name or "命令行", args.scope or tokens.scopes(), args.days)
    except NotThere:
        return fail(f"{args.username} 没有编号 {args.id} 的令牌", WRONG)
    except Unfit as error:
        return fail(error.problems[0].message, WRONG)
    say({"id": made.pk, "token": secret, "scopes": made.scopes}, args.json, f"令牌只显示这一次：{secret}")
    return OK


def bring_in(args: argparse.Namespace) -> int:
    """keji import: the same check and rules as in the browser, as the person named."""
    start()
    migrate()
    from keji.access.models import Person
    from keji.intake.rules import checking, entering, results, staging
    from keji.kernel.errors import Invalid, Refused, Unfit
    from keji.kernel.tables import OPERATOR_LIMITS

    known = Person.objects.filter(username=args.person, is_active=True).first()
    source = Path(args.file)
    if known is None or not source.is_file():
        return fail(f"没有这个人：{args.person}" if known is None else f"没有这个文件：{source}", WRONG)
    if not args.lawful:
        return fail("请加 --lawful，表示确认这些资料来源合法", WRONG)
    try:
        run = staging.stage(known, source, source.name, args.password, OPERATOR_LIMITS)
        told = {
            "mode": args.mode,
            "key": args.key,
            "no_owner": "pool" if args.pool else "importer",
            "profile": args.profile,
        }
        staging.set_mapping(known, run, run.mapping, {name: value for name, value in told.items() if value})
        checking.declare_lawful(run, known)
        counts = checking.check(run, known)
        if args.former and counts["strangers"]:
            checking.meet(run, known, dict.fromkeys(counts["strangers"], "former"))
            counts = run.counts
        if args.twins and counts["states"].get("TWIN"):
            counts = checking.take_in_all(run, known)
        if args.check:
            say(counts, args.json, summary(counts))
            return OK if not counts["states"].get("BAD") else FAILED
        result = entering.enter(run, known)
    except Invalid as error:
        return fail(error.message)
    except Unfit as error:
        return fail(error.problems[0].message)
    except Refused:
        return fail(f"{args.person} 没有导入权限", WRONG)
    if args.errors and (result["failed"] or result["skipped"]):
        results.error_file(run, Path(args.errors))
    text = "新建 {created}，更新 {updated}，失败 {failed}，跳过 {skipped}".format(**result)
    text += f"，相同 {result['same']}" if result.get("same") else ""
    say(result, args.json, text)
    return OK if not result["failed"] and not result["skipped"] else FAILED


def summary(counts: dict[str, Any]) -> str:
    names = {"READY": "可以导入", "DOUBT": "有提醒", "BAD": "有问题", "TWIN": "疑似重复"}
    return ",".join(f"{names[key]} {counts['states'].get(key, 0)}" for key in names)


def export(args: argparse.Namespace) -> int:
    """keji export: as a person may read it, or --plain as the operator, which the trail notes."""
    start()
    migrate()
    from keji.access.models import Person
    from keji.customers.rules import exports
    from keji.customers.sheet import CONTACTS, CUSTOMERS
    from keji.intake.rules import workbook
    from keji.kernel.errors import Refused, Unfit

    target = Path(args.file)
    listed = target.suffix == ".csv"
    try:
        if args.plain and listed:
            count = exports.write_plain(target, CUSTOMERS, CONTACTS, args.why or "")
        elif args.plain:
            count = workbook.write_plain(target, args.why or "")
        else:
            known = Person.objects.filter(username=args.person or "", is_active=True).first()
            if known is None:
                return fail("请用 --person 指定以谁的权限导出，或用 --plain 由运维导出", WRONG)
            if listed:
                count = exports.write_for(known, target, CUSTOMERS, CONTACTS, args.why or "")
            else:
                count = workbook.write_for(known, target, args.why or "")
    except Unfit as error:
        return fail(error.problems[0].message, WRONG)
    except Refused:
        return fail("没有导出权限", WRONG)
    say({"rows": count, "file": str(target)}, args.json, f"已导出 {count} 行到 {target}")
    return OK


def template(args: argparse.Namespace) -> int:
    start()
    migrate()
    from keji.intake.rules.template import template_file

    template_file(Path(args.file))
    say({"file": args.file}, args.json, f"模板已写到 {args.file}")
    return OK


def doctor(args: argparse.Namespace) -> int:
    start()
    from keji.clocks.queries import fact as clocks
    from keji.custody.rules.drill import fact as last_drill
    from keji.custody.rules.shelf import fact as newest_backup
    from keji.database.doctor import facts, pending
    from keji.notices import queries as notices

    left = pending()
    found = [*facts(left), newest_backup(), last_drill()]
    if not left:
        found += [notices.fact(), notices.word_fact(), clocks()]
    told: list[dict[str, Any]] = [
        {"name": fact.name, "value": str(fact.value), "ok": fact.ok, "advice": fact.advice} for fact in found
    ]
    lines = [
        f"{'  ' if one['ok'] else '! '}{one['name']}: {one['value']}{'' if one['ok'] else '  → ' + one['advice']}"
        for one in told
    ]
    say(told, args.json, "\n".join(lines))
    return OK if all(fact.ok for fact in found) else FAILED


def backup(args: argparse.Namespace) -> int:
    """keji backup: all of the installation in one file, while it runs."""
    start()
    from keji.custody import locking
    from keji.custody.errors import Unusable
    from keji.custody.rules import shelf, taking

    try:
        if args.make_identity:
            return make_identity(Path(args.make_identity), args.json)
        phrase = locking.passphrase_from(Path(args.passphrase_file)) if args.passphrase_file else ""
        asked = locking.Lock(args.encrypt_to or "", phrase) if args.encrypt_to or phrase else None
        folder = Path(args.to).resolve() if args.to else shelf.place()
        told = taking.take(folder, asked, args.with_keys)
    except Unusable as error:
        return fail(error.told())
    except OSError as error:
        return fail(f"备份没有完成：{error}")
    lines = [f"已备份到 {folder / told['file']}：{told['rows']} 行，{told['files']} 个文件，{told['bytes'] / 1e6:.1f} MB"]
    if not told["locked"]:
        keys = "含有密钥" if told["with_keys"] else "不含密钥 keys/，请把它另存一处"
        lines.append(f"注意：这份备份没有加密，{keys}；加密用 --encrypt-to 或 --passphrase-file")
    say({**told, "path": str(folder / told["file"])}, args.json, "\n".join(lines))
    return OK


def make_identity(path: Path, as_json: bool) -> int:
    from keji.custody.locking import make_identity as make

    public, secret = make()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(f"# 公钥：{public}\n{secret}\n")
    text = f"私钥在 {path}：打印一份，存到服务器以外的地方，丢了它备份就打不开\n公钥：{public}\n设置 KEJI_BACKUP_RECIPIENT={public}"
    say({"recipient": public, "file": str(path)}, as_json, text)
    return OK


def opening(args: argparse.Namespace) -> Any:
    from keji.custody import locking

    phrase = locking.passphrase_from(Path(args.passphrase_file)) if args.passphrase_file else ""
    return locking.Lock(passphrase=phrase, identity=locking.identity_from(Path(args.identity)) if args.identity else "")


def restore(args: argparse.Namespace) -> int:
    """keji restore: the keys are laid before Django starts, which would make its own."""
    from keji.custody import placing
    from keji.custody.errors import Unusable

    data = Path(os.environ.get("KEJI_DATA") or "var").resolve()
    laid: list[Path] = []
    try:
        with placing.received(Path(args.archive), opening(args), data) as archive:
            placing.check_folder(archive, args.lost_keys)
            laid = placing.put_keys(archive)
            start()
            from keji.custody.rules import restoring

            told = restoring.restore(archive)
    except (Unusable, OSError) as error:
        for key in laid:
            key.unlink()
        return fail(f"没有恢复：{error}")
    say(told, args.json, f"已恢复：{told['tables']} 张表，{told['rows']} 行，{told['files']} 个文件，与备份逐一核对相同")
    return OK


def verify(args: argparse.Namespace) -> int:
    """keji verify: an archive, or the installation as it runs; the first bad thing is named."""
    from keji.custody.errors import Unusable

    if not args.archive:
        return verify_live(args)
    from keji.custody import placing

    try:
        with placing.received(Path(args.archive), opening(args), Path(os.environ.get("KEJI_DATA") or "var")) as archive:
            told = archive.manifest
    except (Unusable, OSError) as error:
        return fail(str(error))
    rows = sum(one["rows"] for one in told["tables"].values())
    found = {"made_at": told["made_at"], "keji": told["keji"], "tables": len(told["tables"]), "rows": rows}
    found |= {"members": len(told["members"]), "with_keys": told["with_keys"]}
    text = f"完好：{told['made_at'][:19]} UTC 由客迹 {told['keji']} 制作，{len(told['tables'])} 张表，{rows} 行"
    say(found, args.json, text)
    return OK


def verify_live(args: argparse.Namespace) -> int:
    start()
    from keji.custody.rules.checking import live

    found = [{"name": name, "found": found, "bad": bad} for name, found, bad in live()]
    bad = [f"{one['name']}：{one['bad']}" for one in found if one["bad"]]
    say(found, args.json, "\n".join(f"{'! ' if o['bad'] else '  '}{o['name']}: {o['found']}" for o in found))
    return fail(bad[0]) if bad else OK


def keeping(verb: Any) -> None:
    """The verbs of those who keep backups."""
    one = verb("backup", backup, "备份数据库、文件和设置，不用停机；不加密的备份不含密钥")
    one.add_argument("--to", help="放到哪个目录，默认 KEJI_DATA/backups")
    one.add_argument("--encrypt-to", help="用这个 age1… 公钥加密，默认 KEJI_BACKUP_RECIPIENT")
    one.add_argument("--passphrase-file", help="用这个文件里的口令加密，至少 12 个字符")
    one.add_argument("--with-keys", action="store_true", help="不加密也放入密钥：谁拿到文件，谁就能读出一切")
    one.add_argument("--make-identity", metavar="文件", help="只生成一对密钥：私钥写到这个文件，公钥显示出来")
    one = verb("restore", restore, "把备份恢复到空的数据目录和空的数据库")
    one.add_argument("archive", help="备份文件")
    one.add_argument("--identity", help="私钥文件")
    one.add_argument("--passphrase-file", help="口令文件")
    one.add_argument("--lost-keys", action="store_true", help="备份不含密钥而密钥已丢失：照样恢复，证件号码读不出来")
    one = verb("verify", verify, "检查备份文件；不给文件时检查正在用的数据、操作记录、文件和备份")
    one.add_argument("archive", nargs="?", help="备份文件")
    one.add_argument("--identity", help="私钥文件")
    one.add_argument("--passphrase-file", help="口令文件")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="keji",
        description="客迹：客户信息系统。设置用环境变量：KEJI_DATA、KEJI_DATABASE_URL、KEJI_BASE_URL、KEJI_HOST、KEJI_PORT",
    )
    verbs = made.add_subparsers(dest="verb", required=True, metavar="命令")

    def verb(name: str, run: Any, text: str, as_json: bool = True) -> argparse.ArgumentParser:
        one = verbs.add_parser(name, help=text, description=text)
        one.set_defaults(run=run, json=False)
        if as_json:
            one.add_argument("--json", action="store_true", help="输出 JSON")
        return one

    one = verb("serve", serve, "启动网页、后台任务和定时器", as_json=False)
    one.add_argument("--host", help="监听地址，默认 KEJI_HOST 或 127.0.0.1")
    one.add_argument("--port", type=int, help="端口，默认 KEJI_PORT 或 8000")
    one.add_argument("--workers", type=int, default=2, help="网页进程数，默认 2")
    one = verb("demo", demo, "放入演示数据和演示账号（仅限本机）")
    one.add_argument("--customers", type=int, default=200, help="客户数，默认 200")
    one.add_argument("--seed", type=int, default=1, help="随机种子，同一个种子得到同样的数据")
    one = verb("person", person, "管理人员：list、add、password、disable、enable")
    one.add_argument("do", choices=["list", "add", "password", "disable", "enable"])
    one.add_argument("username", nargs="?", default="", help="登录名")
    one.add_argument("--name", help="姓名")
    one.add_argument("--role", action="append", default=[], help="角色代码，可重复，如 SALES_REP")
    one.add_argument("--team", help="团队名称")
    one = verb("token", token, "管理接口令牌：list、add、revoke")
    one.add_argument("do", choices=["list", "add", "revoke"])
    one.add_argument("username", help="谁的令牌（登录名）")
    one.add_argument("--name", help="用途")
    one.add_argument("--scope", action="append", default=[], help="权限，可重复，如 customers.read、deals.write、files、export；默认全部")
    one.add_argument("--days", type=int, default=90, help="有效天数，默认 90")
    one.add_argument("--id", type=int, default=0, help="要撤销的令牌编号")
    one = verb("import", bring_in, "导入客户、联系人、跟进、需求和成交：xlsx、xls、csv")
    one.add_argument("file", help="文件")
    one.add_argument("--person", required=True, help="以谁的名义导入（登录名）")
    one.add_argument("--mode", choices=["upsert", "create", "update"], default="upsert")
    one.add_argument("--key", choices=["customer_no", "uscc", "name"], default="customer_no", help="按哪一列找已有客户")
    one.add_argument("--profile", help="按哪一套必填要求检查：P000…P004")
    one.add_argument("--pool", action="store_true", help="没有负责人的放入公海，默认归导入人")
    one.add_argument("--former", action="store_true", help="不认识的跟进人只留姓名，其他不认识的人归导入人")
    one.add_argument("--twins", action="store_true", help="名称相近、疑似重复的也导入")
    one.add_argument("--password", help="加密文件的密码")
    one.add_argument("--check", action="store_true", help="只检查，不写入")
    one.add_argument("--errors", help="把没有导入的行写到这个 xlsx")
    one.add_argument("--lawful", action="store_true", help="确认资料来源合法")
    one = verb("export", export, "导出：xlsx 是五张表的完整工作簿，csv 只有客户")
    one.add_argument("file", help="写到哪里，.xlsx 或 .csv")
    one.add_argument("--person", help="以谁的权限导出（登录名）")
    one.add_argument("--plain", action="store_true", help="运维导出全部明文，记入操作记录")
    one.add_argument("--why", help="导出原因")
    one = verb("template", template, "写出空白导入模板")
    one.add_argument("file", help="写到哪里，.xlsx")
    keeping(verb)
    verb("doctor", doctor, "检查版本、设置、磁盘和待执行的迁移")
    return made


def main() -> None:
    from django.db import OperationalError

    args = parser().parse_args()
    try:
        sys.exit(args.run(args))
    except OperationalError as error:  # no server, no such database, wrong password, a disk that is full
        told = str(error).strip() or type(error).__name__
        sys.exit(fail(f"数据库不能使用：{told.splitlines()[0]}（keji doctor 看设置）"))
