"""Addresses of loans: a customer's own, the bank's book."""

from django.urls import path

from accounts.views.loan_actions import DoToLoan
from accounts.views.loan_book import LoanBook
from accounts.views.loan_bridge import LoanBridge
from accounts.views.loan_page import LoanPage
from accounts.views.loan_pay import PayLoan
from accounts.views.loans import Apply, Loans, Quote

urlpatterns = [
    path("loans", Loans.as_view(), name="loans"),
    path("loans/apply", Apply.as_view(), name="loan_apply"),
    path("loans/quote", Quote.as_view(), name="loan_quote"),
    path("loans/<slug:loan_id>", LoanPage.as_view(), name="loan"),
    path("loans/<slug:loan_id>/pay", PayLoan.as_view(), name="loan_pay"),
    path("loans/<slug:loan_id>/<slug:deed>", DoToLoan.as_view(), name="loan_action"),
    path("loan-book/bridge", LoanBridge.as_view(), name="loan_bridge"),
    path("loan-book", LoanBook.as_view(), name="loan_book"),
]
