"""Addresses of what is told outside. Included by accounts/urls.py."""

from django.urls import path

from accounts.views.outbox import Messages
from accounts.views.webhooks import AddWebhook, WebhookPage, Webhooks

urlpatterns = [
    path("messages", Messages.as_view(), name="messages"),
    path("webhooks", Webhooks.as_view(), name="webhooks"),
    path("webhooks/new", AddWebhook.as_view(), name="add_webhook"),
    path("webhooks/<slug:webhook_id>", WebhookPage.as_view(), name="webhook"),
]
