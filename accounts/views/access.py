"""Who may open a page of the banking room."""

from urllib.parse import urlsplit

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest
from django.urls import Resolver404, resolve

from accounts.models import DepositAccount, User
from accounts.queries.visible import visible_account


class AnyPermissionMixin(PermissionRequiredMixin):
    """Like Django's, but one of the permissions in `permission_required` is enough (own or any)."""

    request: HttpRequest

    def has_permission(self) -> bool:
        """Whether the role holds at least one of them."""
        return any(self.request.user.has_perm(one) for one in self.get_permission_required())


def account_or_404(account_id: str, viewer: User) -> DepositAccount:
    """The account this person may see; 404 for everybody else, as if it were not there."""
    found = visible_account(account_id, viewer)
    if found is None:
        raise Http404("no such account")
    return found


def may_open(request: HttpRequest, url: str) -> bool:
    """Whether this person's role opens the page at this address; a link that ends in a refusal is none."""
    try:
        match = resolve(urlsplit(url).path)
    except Resolver404:
        return False
    view = match.func.view_class(**match.func.view_initkwargs)  # type: ignore[attr-defined]
    view.setup(request, *match.args, **match.kwargs)
    return not isinstance(view, PermissionRequiredMixin) or view.has_permission()
