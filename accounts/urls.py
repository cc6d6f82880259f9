"""Addresses of the accounts app: money, accounts, dashboards here; people in urls_people."""

from django.urls import path

from accounts.urls_files import urlpatterns as files
from accounts.urls_loans import urlpatterns as loans
from accounts.urls_notices import urlpatterns as notices
from accounts.urls_people import urlpatterns as people
from accounts.urls_servicing import urlpatterns as servicing
from accounts.views.approvals import ApprovalPage
from accounts.views.conductor import Conductor
from accounts.views.dashboard import Dashboard, Holdings
from accounts.views.history import AccountPage
from accounts.views.inbox import Inbox
from accounts.views.instruments import Register, SellInstrument
from accounts.views.movements import Deposit, Transfer, Withdraw
from accounts.views.overdrafts import AskOverdraft
from accounts.views.overview import Accounts, OpenAccount
from accounts.views.receipts import MovementState, Receipt
from accounts.views.recipient import Recipient
from accounts.views.status import ChangeStatus
from accounts.views.wires import IncomingWire, OutgoingWire

urlpatterns = [
    path("dashboard", Dashboard.as_view(), name="dashboard"),
    path("dashboard/holdings", Holdings.as_view(), name="holdings"),
    path("accounts", Accounts.as_view(), name="accounts"),
    path("accounts/open", OpenAccount.as_view(), name="open_account"),
    path("accounts/<slug:account_id>", AccountPage.as_view(), name="account"),
    path("accounts/<slug:account_id>/overdraft", AskOverdraft.as_view(), name="overdraft"),
    path("accounts/<slug:account_id>/<slug:action>", ChangeStatus.as_view(), name="account_status"),
    path("approvals", Inbox.as_view(), name="approvals"),
    path("approvals/<slug:approval_id>", ApprovalPage.as_view(), name="approval"),
    path("counter/person", Conductor.as_view(), name="counter_person"),
    path("deposit", Deposit.as_view(), name="deposit"),
    path("withdraw", Withdraw.as_view(), name="withdraw"),
    path("transfer/recipient", Recipient.as_view(), name="recipient"),
    path("transfer", Transfer.as_view(), name="transfer"),
    path("instruments", Register.as_view(), name="instruments"),
    path("instruments/sell", SellInstrument.as_view(), name="sell_instrument"),
    path("wire", OutgoingWire.as_view(), name="wire"),
    path("wire/incoming", IncomingWire.as_view(), name="wire_incoming"),
    path("receipts/<slug:movement_id>", Receipt.as_view(), name="receipt"),
    path("receipts/<slug:movement_id>/state", MovementState.as_view(), name="movement_state"),
    *files,
    *loans,
    *notices,
    *people,
    *servicing,
]
