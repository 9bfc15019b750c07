-- An over-ride is never changed, by its owner either.
CREATE TRIGGER ledger_override_append_only BEFORE UPDATE OR DELETE ON ledger_override
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_override_no_truncate BEFORE TRUNCATE ON ledger_override
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
