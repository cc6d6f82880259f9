"""`make run` and `make stop`: the engine, the tables, the demo bank and the web server of one machine."""

import fcntl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from cloudbank.house import engine, web
from cloudbank.house.console import Problem, say, warn
from cloudbank.house.environment import chosen_engine, for_bank, given
from cloudbank.house.install import install
from cloudbank.house.paths import NODE_MODULES, ROOT, VAR, venv_tool
from cloudbank.house.processes import LOOPBACK, PidFile, Running, is_free, last_line, spawn
from cloudbank.house.stamps import Stamp, digest_of_contents, digest_of_listing

WEB = PidFile(VAR / "web.pid")
MESSENGER = PidFile(VAR / "messenger.pid")
ENGINE = PidFile(VAR / "engine.pid")
WEB_LOG = VAR / "web.log"
MESSENGER_LOG = VAR / "messenger.log"
ENGINE_LOG = VAR / "engine.log"
DATABASE = VAR / "bank.db"
SEEDED = VAR / "seeded"
TABLES = VAR / "tables.stamp"
SIGN_INS = VAR / "demo-signins.txt"
WEB_START_SECONDS = 90
WEB_STOP_SECONDS = 35.0  # gunicorn lets running requests finish for 30
ENGINE_STOP_SECONDS = 5.0
MESSENGER_STOP_SECONDS = 15.0  # a receiver that is slow to answer is waited for


def run(port: int) -> None:
    """Bring the bank up on this port; says so when it is up already."""
    with _alone():
        running = _up()
        if running is None:
            _down()
            _check_port(port)
            install()
            _start(port)
        else:
            port = running.port
            say("The bank is already running; `make stop` first to restart it.")
        _tell(port)


def stop() -> None:
    """End what `make run` started, also when it got only half-way."""
    ended = _down()
    say(f"Stopped {', '.join(ended)}." if ended else "Nothing of `make run` is running.")


def manage(arguments: list[str]) -> int:
    """`manage.py` in the environment of the running bank; its exit code."""
    install()
    running = ENGINE.read()
    env = for_bank(engine.url_of(running.port) if running else None)
    if running is None and chosen_engine(given()) in ("embedded", "moto"):
        raise Problem("the bank is not running; start it first: make run")
    return subprocess.run(
        [str(venv_tool("python")), "manage.py", *arguments], cwd=ROOT, env=env, check=False
    ).returncode


def _up() -> Running | None:
    """The web server, when all that belongs to it runs too."""
    serving = WEB.read()
    needs_engine = chosen_engine(given()) in ("embedded", "moto")
    return serving if serving and MESSENGER.read() and (ENGINE.read() or not needs_engine) else None


def _down() -> list[str]:
    ended = []
    for name, file, patience in (
        ("the web server", WEB, WEB_STOP_SECONDS),
        ("the messenger", MESSENGER, MESSENGER_STOP_SECONDS),
        ("the engine", ENGINE, ENGINE_STOP_SECONDS),
    ):
        pid = file.stop(patience)
        if pid:
            ended.append(f"{name} (pid {pid})")
    return ended


@contextmanager
def _alone() -> Iterator[None]:
    """One `make run` at a time: two would start two engines on one file."""
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Problem("another `make run` is at work in this folder; wait for it") from error
        yield


def _check_port(port: int) -> None:
    if not is_free(port):
        raise Problem(f"port {port} is taken by another program; stop that one, or choose: make run PORT={port + 80}")


def _start(port: int) -> None:
    try:
        env = for_bank(_start_engine())
        _prepare(env)
        _serve(port, env)
        _tell_outside(port, env)
    except BaseException:
        _down()  # half a bank is no use
        raise


def _start_engine() -> str | None:
    """Start what the person's choice asks for; the address for the settings, None when they have it."""
    choice = chosen_engine(given())
    if choice not in ("embedded", "moto"):
        return None
    if choice == "embedded" and engine.has_binary():
        file = DATABASE
    else:
        file = None
        warn("no embedded engine here, so moto's server keeps the data IN MEMORY: they are gone at `make stop`.")
    if file is None or not file.exists():  # what was said of another database does not hold for a new one
        SEEDED.unlink(missing_ok=True)
        TABLES.unlink(missing_ok=True)
    say("Starting the embedded DynamoDB ...")
    started = engine.start(file=file, log=ENGINE_LOG)
    ENGINE.write(started.process.pid, started.port)
    return started.url


def _prepare(env: Mapping[str, str]) -> None:
    _create_tables(env)
    _collect_static(env)
    if ENGINE.read() and given().get("SEED", "yes") != "no" and not SEEDED.exists():
        _seed(env)


def _create_tables(env: Mapping[str, str]) -> None:
    """Create what is missing. Django takes seconds to start: not for a file of ours whose tables are known."""
    stamp = Stamp(TABLES, digest_of_contents(sorted((ROOT / "cloudbank" / "tables").glob("*.py"))))
    if ENGINE.read() and stamp.fresh:
        return
    for line in _manage_quietly(env, "create_tables").splitlines():
        if "already there" not in line:
            say(line)
    if ENGINE.read():
        stamp.set()


def _collect_static(env: Mapping[str, str]) -> None:
    sources = [path for path in ROOT.glob("*/static") if path.is_dir() and path.parent not in (VAR, NODE_MODULES)]
    locks = [ROOT / "cloudbank" / "settings.py", NODE_MODULES / ".stamp"]
    listing = digest_of_listing([*sources]) + "".join(str(path.stat().st_mtime_ns) for path in locks)
    stamp = Stamp(VAR / "static" / ".stamp", listing)
    if not stamp.fresh:
        say("Collecting static files ...")
        _manage_quietly(env, "collectstatic", "--noinput", "--clear")
        stamp.set()


def _seed(env: Mapping[str, str]) -> None:
    say("Making the demo bank (first run only) ...")
    made = subprocess.run([str(venv_tool("python")), "manage.py", "seed_demo"], cwd=ROOT, env=dict(env), check=False)
    if made.returncode:
        raise Problem(
            f"the demo bank was not finished; remove {DATABASE}* and run again, or start empty: make run SEED=no"
        )
    SEEDED.touch()


def _manage_quietly(env: Mapping[str, str], *arguments: str) -> str:
    """What the command printed; when it fails, the last line of what it said as a Problem."""
    command = [str(venv_tool("python")), "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=dict(env), capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        reason = said[-1].removeprefix("django.core.exceptions.ImproperlyConfigured: ")
        raise Problem(f"manage.py {arguments[0]}: {reason}")
    return done.stdout


def _serve(port: int, env: Mapping[str, str]) -> None:
    say("Starting the web server ...")
    process = spawn(web.command(port), log=WEB_LOG, env=env, cwd=ROOT)
    WEB.write(process.pid, port)
    deadline = time.monotonic() + WEB_START_SECONDS
    while not _healthy(port):
        if process.poll() is not None or time.monotonic() > deadline:
            _manage_quietly(env, "check")  # its refusal says more than the server's "worker failed to boot"
            raise Problem(f"the web server did not start ({last_line(WEB_LOG)}); its log is {WEB_LOG}")
        time.sleep(0.05)


def _tell_outside(port: int, env: Mapping[str, str]) -> None:
    """The messenger: e-mails, webhooks and topics hear of new alerts within a second or two."""
    env = {"PUBLIC_URL": given().get("PUBLIC_URL") or f"http://{LOOPBACK}:{port}", **env}
    watch = [str(venv_tool("python")), "manage.py", "deliver_messages", "--watch"]
    MESSENGER.write(spawn(watch, log=MESSENGER_LOG, env=env, cwd=ROOT).pid, 0)


def _healthy(port: int) -> bool:
    try:
        with urlopen(f"http://{LOOPBACK}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except HTTPError as error:
        raise Problem(f"the web server answers {error.code} at /healthz; its log is {WEB_LOG}") from error
    except (URLError, ConnectionError, TimeoutError):
        return False


def _tell(port: int) -> None:
    if SIGN_INS.exists() and SEEDED.exists():
        say("\n" + SIGN_INS.read_text().rstrip())
    say(f"\nCloud Bank Analytics: http://{LOOPBACK}:{port}/   (logs in {VAR.name}/*.log; `make stop` ends it)")
