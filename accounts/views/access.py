"""Who may open a page of the banking room."""

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest

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
