"""Addresses of the desk's setup pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from gongdan.doors.desk.setup import calendar, catalog, overview, prices, roles, settings, sites, staff, warranty

urlpatterns: list[URLPattern] = [
    path("setup/", overview.overview, name="setup"),
    path("setup/sites/", sites.sites, name="setup-sites"),
    path("setup/sites/add/", sites.add, name="setup-site-add"),
    path("setup/sites/<int:pk>/", sites.site, name="setup-site"),
    path("setup/staff/", staff.staff, name="setup-staff"),
    path("setup/staff/add/", staff.add, name="setup-person-add"),
    path("setup/staff/<int:pk>/", staff.person, name="setup-person"),
    path("setup/staff/<int:pk>/password/", staff.password, name="setup-person-password"),
    path("setup/staff/<int:pk>/stop/", staff.stop, name="setup-person-stop"),
    path("setup/staff/<int:pk>/back/", staff.back, name="setup-person-back"),
    path("setup/roles/", roles.roles, name="setup-roles"),
    path("setup/roles/<int:pk>/", roles.role, name="setup-role"),
    path("setup/catalog/", catalog.catalog, name="setup-catalog"),
    path("setup/catalog/<slug:part>/", catalog.catalog, name="setup-catalog-part"),
    path("setup/catalog/<slug:part>/add/", catalog.add, name="setup-catalog-add"),
    path("setup/catalog/<slug:part>/<int:pk>/", catalog.row, name="setup-catalog-row"),
    path("setup/warranty/", warranty.policies, name="setup-policies"),
    path("setup/warranty/add/", warranty.add, name="setup-policy-add"),
    path("setup/warranty/<int:pk>/", warranty.policy, name="setup-policy"),
    path("setup/prices/", prices.books, name="setup-books"),
    path("setup/prices/add/", prices.add_book, name="setup-book-add"),
    path("setup/prices/<int:pk>/", prices.book, name="setup-book"),
    path("setup/prices/<int:pk>/edit/", prices.edit_book, name="setup-book-edit"),
    path("setup/prices/<int:pk>/policy/", prices.edit_policy, name="setup-book-policy"),
    path("setup/prices/<int:pk>/start/", prices.start, name="setup-book-start"),
    path("setup/prices/<int:pk>/publish/", prices.publish, name="setup-book-publish"),
    path("setup/prices/<int:pk>/retire/", prices.retire, name="setup-book-retire"),
    path("setup/prices/<int:pk>/items/add/", prices.add_item, name="setup-item-add"),
    path("setup/prices/items/<int:pk>/", prices.item, name="setup-item"),
    path("setup/calendar/", calendar.calendar, name="setup-calendar"),
    path("setup/settings/", settings.shop_settings, name="setup-settings"),
    path("setup/settings/number/", settings.number_example, name="setup-number"),
    path("setup/settings/<int:pk>/", settings.site_settings, name="setup-site-settings"),
    path("setup/settings/<int:pk>/drop/", settings.drop, name="setup-site-settings-drop"),
    path("setup/tokens/", settings.tokens, name="setup-tokens"),
    path("setup/tokens/<int:pk>/revoke/", settings.revoke, name="setup-token-revoke"),
    path("help/prices/", prices.price_help, name="price-help"),
]
