"""The web server: gunicorn with threads, as in production, on the loopback address."""

from cloudbank.house.paths import venv_tool
from cloudbank.house.processes import LOOPBACK

OPTIONS = (
    "--worker-class=gthread",
    "--workers=2",
    "--threads=8",
    "--timeout=30",
    "--graceful-timeout=30",
    "--keep-alive=75",
    "--max-requests=2000",
    "--max-requests-jitter=200",
    "--no-control-socket",  # it would be made under ~/.gunicorn, outside the tree
)


def command(port: int) -> list[str]:
    """The command line. No --preload: boto's clients do not survive a fork."""
    return [
        str(venv_tool("python")), "-m", "gunicorn", f"--bind={LOOPBACK}:{port}", *OPTIONS, "cloudbank.wsgi:application",
    ]  # fmt: skip
