"""Addresses of account servicing: holds, fees, reversals, standing orders, the trial balance."""

from django.urls import path

from accounts.views.fees import ChargeFee
from accounts.views.holds import CaptureHold, PlaceHold, ReleaseHold
from accounts.views.reversals import AskReversal
from accounts.views.standing import NewOrder, OrderPage, Orders
from accounts.views.trial import TrialBalancePage

urlpatterns = [
    path("accounts/<slug:account_id>/holds/new", PlaceHold.as_view(), name="place_hold"),
    path("accounts/<slug:account_id>/fees/new", ChargeFee.as_view(), name="charge_fee"),
    path("holds/<slug:hold_id>/capture", CaptureHold.as_view(), name="capture_hold"),
    path("holds/<slug:hold_id>/release", ReleaseHold.as_view(), name="release_hold"),
    path("receipts/<slug:movement_id>/reverse", AskReversal.as_view(), name="reverse"),
    path("standing-orders", Orders.as_view(), name="standing_orders"),
    path("standing-orders/new", NewOrder.as_view(), name="new_standing_order"),
    path("standing-orders/<slug:order_id>", OrderPage.as_view(), name="standing_order"),
    path("trial-balance", TrialBalancePage.as_view(), name="trial_balance"),
]
