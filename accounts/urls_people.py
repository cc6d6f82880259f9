"""Addresses of people: signing in and out, passwords, the people screens. Included by accounts/urls.py."""

from django.urls import path

from accounts.views import people, people_lists, sign_in, staffing

urlpatterns = [
    path("register", sign_in.RegisterView.as_view(), name="register"),
    path("login", sign_in.LoginView.as_view(), name="login"),
    path("logout", sign_in.LogoutView.as_view(), name="logout"),
    path("password/change", sign_in.PasswordChangeView.as_view(), name="password_change"),
    path("password/reset", sign_in.PasswordResetView.as_view(), name="password_reset"),
    path("password/reset/sent", sign_in.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password/reset/<uidb64>/<token>", sign_in.PasswordResetConfirmView.as_view(), name="password_reset_confirm"),
    path("sessions/<ref>/end", sign_in.EndSessionView.as_view(), name="end_session"),
    path("customers", people_lists.CustomersView.as_view(), name="customers"),
    path("people", people_lists.PeopleView.as_view(), name="people"),
    path("people/new", staffing.NewColleague.as_view(), name="create_staff"),
    path("people/<user_id>", people.PersonView.as_view(), name="person"),
    path("people/<user_id>/reveal", people.RevealView.as_view(), name="reveal_person"),
    path("people/<user_id>/role", staffing.AskRole.as_view(), name="change_role"),
    path("people/<user_id>/disable", people.DisableView.as_view(), name="disable_person"),
    path("people/<user_id>/sessions/end", people.EndSessionsView.as_view(), name="end_sessions"),
]
