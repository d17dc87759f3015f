from django.urls import path

from keji.customers.pages import bin, days, edit, exports, hands, inplace, lists, record

app_name = "customers"
urlpatterns = [
    path("customers/", lists.customer_list, name="list"),
    path("customers/filters/<slug:name>/", lists.customer_filter, name="filter"),
    path("customers/new/", edit.customer_create, name="create"),
    path("customers/twins/", edit.customer_twins, name="twins"),
    path("customers/bin/", bin.customer_bin, name="bin"),
    path("customers/bin/<int:pk>/restore/", bin.customer_restore, name="restore"),
    path("customers/transfer/", hands.customers_transfer, name="transfer_many"),
    path("customers/drop/", bin.customers_drop, name="drop_many"),
    path("customers/export/", exports.customer_export, name="export"),
    path("exports/", exports.export_list, name="exports"),
    path("exports/<int:pk>/", exports.export_fetch, name="export_fetch"),
    path("customers/<int:pk>/part/<slug:name>/", inplace.customer_part, name="part"),
    path("customers/<int:pk>/edit/", edit.customer_edit, name="edit"),
    path("customers/<int:pk>/transfer/", hands.customer_transfer, name="transfer"),
    path("customers/<int:pk>/drop/", bin.customer_drop, name="drop"),
    path("customers/<int:pk>/grade/", hands.customer_regrade, name="regrade"),
    path("customers/<int:pk>/collaborators/", hands.customer_collaborators, name="collaborators"),
    path("customers/<int:pk>/days/", days.day_add, name="day_add"),
    path("customers/<int:pk>/days/<int:day>/drop/", days.day_drop, name="day_drop"),
    path("customers/<int:pk>/reveal/<slug:name>/", record.customer_reveal, name="reveal"),
    path("customers/<int:pk>/contacts/new/", edit.contact_create, name="contact_create"),
    path("contacts/", lists.contact_list, name="contacts"),
    path("contacts/filters/<slug:name>/", lists.contact_filter, name="contact_filter"),
    path("contacts/<int:pk>/", lists.of_contact, name="of_contact"),
    path("contacts/<int:pk>/edit/", edit.contact_edit, name="contact_edit"),
    path("contacts/<int:pk>/drop/", bin.contact_drop, name="contact_drop"),
    path("contacts/<int:pk>/reveal/<slug:name>/", record.contact_reveal, name="contact_reveal"),
    path("regions/", lists.regions, name="regions"),
]
