"""What an export of everything leaves out, with the reason for each."""

# Apps whose tables are the shop's own records.
APPS = ("members", "ledger", "promotions", "imports", "counter")

# table → why; the manifest repeats it.
TABLES = {
    "members_memberpin": "PINs of members are secrets; members choose new ones.",
    "members_onetimecode": "One-time codes are secrets and end within minutes.",
    "members_outgoingtext": "Messages waiting to be sent would be sent twice.",
    "members_tillkey": "Keys of tills are secrets; issue new ones.",
    "members_user_groups": "Rights come from the role alone.",
    "members_user_user_permissions": "Rights come from the role alone.",
}
# (table, column) → what stands there instead, and why.
COLUMNS = {
    ("members_user", "password"): (
        "",
        "Passwords are secrets; set new ones with manage.py changepassword.",
    ),
    ("imports_importbatch", "upload"): (
        "",
        "Uploaded files are not taken along; the rows read from them are.",
    ),
}
# What stands in a column that was left out, once it is set up again: nobody can log in with it.
RESTORED = {("members_user", "password"): "!"}

# What ``migrate`` puts into a new database; an export brings its own.
SHIPPED = ("ledger_policy", "ledger_interestrate")
