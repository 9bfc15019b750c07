-- What was agreed to is never changed, by the owner of the tables either.
CREATE TRIGGER ledger_terms_append_only BEFORE UPDATE OR DELETE ON ledger_terms
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_terms_no_truncate BEFORE TRUNCATE ON ledger_terms
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
