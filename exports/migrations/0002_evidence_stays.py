"""Who took what along is never deleted, and what was asked never changes."""

from django.db import migrations

EVIDENCE = "what, form, asked, stores, language, created_at, created_by_id"
REFUSE = f"""
CREATE TRIGGER exports_export_stays BEFORE DELETE OR UPDATE OF {EVIDENCE} ON exports_export
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER exports_export_no_truncate BEFORE TRUNCATE ON exports_export
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER exports_download_stays BEFORE DELETE OR UPDATE ON exports_download
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER exports_download_no_truncate BEFORE TRUNCATE ON exports_download
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""
ALLOW = """
DROP TRIGGER exports_export_stays ON exports_export;
DROP TRIGGER exports_export_no_truncate ON exports_export;
DROP TRIGGER exports_download_stays ON exports_download;
DROP TRIGGER exports_download_no_truncate ON exports_download;
"""


class Migration(migrations.Migration):
    dependencies = [("exports", "0001_initial"), ("ledger", "0002_posting_functions")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
