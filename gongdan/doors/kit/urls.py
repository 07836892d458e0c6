"""Addresses of the kit: health and accounts. Names of allauth that its own views look up, but no shop needs, are closed."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.conf import settings
from django.urls import path
from django.views.i18n import set_language

from gongdan.doors.kit import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/2fa/", mfa.index, name="mfa_index"),
    path("accounts/2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("accounts/2fa/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("accounts/2fa/codes/generate/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("accounts/2fa/codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("accounts/signup/", views.closed, name="account_signup"),
    path("accounts/password/reset/", views.closed, name="account_reset_password"),
    path("accounts/password/set/", views.closed, name="account_set_password"),
    path("accounts/email/", views.closed, name="account_email"),
    path("language/", set_language, name="set_language"),
]

if settings.DEBUG:
    from gongdan.doors.kit.sample import urlpatterns as sample

    urlpatterns += sample
