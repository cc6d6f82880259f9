"""Addresses of people: signing in and out, passwords, the people screens. Included by accounts/urls.py."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
