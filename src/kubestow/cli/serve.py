"""The serve command: a web view of a running cluster, and metrics for Prometheus."""

from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from kubestow.adapters.home import home_file
from kubestow.adapters.input_file import read_text_file
from kubestow.cli import exit_codes
from kubestow.cli.catalog_options import Flag, MoneyOptions
from kubestow.cli.console import say
from kubestow.cli.live_input import NOTHING_BESIDE, LiveOptions, opened_observer
from kubestow.cli.planning_options import PlanningOptions
from kubestow.cli.reading import NO_INPUT, InputOptions
from kubestow.cli.simulation_options import policies_of
from kubestow.model.input_error import InputError

if TYPE_CHECKING:
    from kubestow.adapters.history_file import HistoryFile
    from kubestow.live.lookout import Lookout
    from kubestow.live.observers import Observer
    from kubestow.web.access import Access

_MONEY_DEFAULTS, _PLANNING_DEFAULTS = MoneyOptions(), PlanningOptions()
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORT_MOST = 65_535
_LEAST_EVERY = 10  # seconds
_TOKEN_LEAST = 16  # characters
_TOKEN_BYTES = 4_096


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class ServeOptions:
    """How the view is served.

    Parameters
    ----------
    host
        The address to listen on. Others than loopback need --token-file or --trusted-header.
    port
        The port to listen on; 0 takes a free one.
    token_file
        A file with the token that lets in: browsers are asked for it, others send it as
        'Authorization: Bearer TOKEN'.
    trusted_header
        A header by which a proxy in front of this tells who has logged in, such as
        X-Forwarded-User. Whoever reaches the port could send it: let only the proxy reach it.
    history
        The SQLite file for what the cluster cost over time. The default is one for each cluster
        below ~/.local/state/kubestow; files given with -f have none.
    history_days
        How long samples are kept.
    history_mib
        The most that the history takes on the disk, in MiB.
    advice
        Work out the minimum and advice, which takes up to a quarter of a core.
    advice_every
        The least number of seconds from one advice to the next.
    only_namespace
        A namespace whose pods a page shows first; what nodes cost and request stays that of all
        pods. May be repeated. The page can choose others: it is no protection.
    policy
        Whose next decisions are told: optimal, karpenter, cluster-autoscaler, or several of them.
    open_browser
        Open the view in a browser.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    token_file: str | None = None
    trusted_header: str | None = None
    history: str | None = None
    history_days: float = 90.0
    history_mib: float = 100.0
    advice: bool = True
    advice_every: int = 60
    only_namespace: Annotated[list[str] | None, Parameter(negative=())] = None
    policy: str = "optimal"
    open_browser: Flag = False

    def check(self) -> None:
        """Raise InputError for values out of range, and where everybody could look."""
        if not 0 <= self.port <= _PORT_MOST:
            raise InputError(f"--port {self.port} is out of range", hint=f"use 0 to {_PORT_MOST}")
        limits = (self.history_days, self.history_mib)
        if not all(isfinite(number) and number > 0 for number in limits):
            raise InputError(
                "--history-days and --history-mib must be numbers above 0",
                hint="for example 90 and 100",
            )
        if self.advice_every < _LEAST_EVERY:
            raise InputError(
                f"--advice-every {self.advice_every} is too often",
                hint=f"use {_LEAST_EVERY} or more",
            )
        if self.host not in _LOOPBACK and self.token_file is None and not self.trusted_header:
            raise InputError(
                f"--host {self.host} could be reached by others, who could see the whole cluster",
                hint="give --token-file FILE, or --trusted-header NAME behind a proxy that logs in",
            )


_SERVE_DEFAULTS = ServeOptions()


def serve_command(
    source: InputOptions = NO_INPUT,
    *,
    options: ServeOptions = _SERVE_DEFAULTS,
    live: LiveOptions = NOTHING_BESIDE,
    planning: PlanningOptions = _PLANNING_DEFAULTS,
    money: MoneyOptions = _MONEY_DEFAULTS,
) -> int:
    """Show a running cluster in a browser: its nodes and pods, what they cost and could cost.

    It is read only: it asks the API server for lists and watches, and changes nothing. Prometheus
    finds metrics at /metrics. It goes on until Ctrl-C.

    For example:

    kubestow serve --cluster

    kubestow serve --context seoul --currency KRW --rate 1391.5 --policy optimal,karpenter

    kubestow serve -f cluster.json --region ap-northeast-2

    kubestow serve --cluster --host 0.0.0.0 --port 8080 --token-file token
    """
    policies = tuple(policies_of(options.policy))
    options.check()
    settings = planning.settings(money)
    access = _access(options)
    with opened_observer(source, planning.networking, live) as observer:
        from kubestow.live.lookout import Lookout, advisor_of
        from kubestow.live.sampler import Sampler

        kept = _history(options, observer, source)
        lookout = Lookout(
            observer,
            settings,
            advisor_of(policies, settings, planning.seed) if options.advice else None,
            advice_every=options.advice_every,
            history=None if kept is None else Sampler(kept, say),
        )
        lookout.start()
        try:
            _serve(lookout, access, kept, options)
        finally:
            lookout.stop()
            if kept is not None:
                kept.close()
    return exit_codes.OK


def _access(options: ServeOptions) -> "Access":
    """Return who may look; raise InputError for what is no token."""
    from kubestow.web.access import Access

    header = options.trusted_header or ""
    if options.token_file is None:
        return Access(header=header)
    hint = "a file with one line, such as 'openssl rand -hex 32' writes"
    content = read_text_file(options.token_file, hint=hint, limit=_TOKEN_BYTES)
    token = content.decode(errors="replace").strip()
    if len(token) < _TOKEN_LEAST or not token.isascii() or not token.isprintable():
        raise InputError(
            f"{options.token_file}: is not a token of {_TOKEN_LEAST} or more ASCII characters",
            hint=hint,
        )
    return Access(token=token, header=header)


def _history(
    options: ServeOptions, observer: "Observer", source: InputOptions
) -> "HistoryFile | None":
    """Return the history; None for files, unless one is named."""
    from kubestow.adapters.history_file import HistoryFile

    days, mib = options.history_days, options.history_mib
    if options.history is not None:
        return HistoryFile(Path(options.history), days=days, mib=mib)
    if not source.is_live:
        return None
    safe = "".join(each if each.isalnum() or each in "-_." else "_" for each in observer.name)
    which = sha256(observer.address.encode()).hexdigest()[:8]  # contexts may share a name
    usual = home_file(".local", "state", "kubestow", f"{safe}-{which}.sqlite")
    return None if usual is None else HistoryFile(usual, days=days, mib=mib)


def _serve(
    lookout: "Lookout",
    access: "Access",
    history: "HistoryFile | None",
    options: ServeOptions,
) -> None:
    """Serve until Ctrl-C."""
    from kubestow.live.explainer import explainer
    from kubestow.web.app import WebView, application
    from kubestow.web.server import listen, run

    namespaces = tuple(options.only_namespace or ())
    app = application(WebView(lookout, access, explainer(lookout.settings), history, namespaces))
    made = listen(options.host, options.port)
    host = f"[{options.host}]" if ":" in options.host else options.host
    where = f"http://{host}:{made.getsockname()[1]}"
    say(f"{lookout.name}: {where} (Ctrl-C ends)")
    if options.open_browser:
        import webbrowser

        webbrowser.open(where)
    run(app, made)
