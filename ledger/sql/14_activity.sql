-- Bills, visits, plays and what goes with them stay as they were written, for their owner too. A row may change in the
-- columns named with its trigger and in no other; a column added later is guarded without a word.
CREATE FUNCTION ledger_refuse_other_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(OLD) - TG_ARGV IS DISTINCT FROM to_jsonb(NEW) - TG_ARGV THEN
        RAISE EXCEPTION '% on % is refused: of its history only % may change',
            TG_OP, TG_TABLE_NAME, array_to_string(TG_ARGV, ', ') USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_sale_stays BEFORE UPDATE ON ledger_sale FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_other_changes('member_id', 'visit_id', 'refunded_total', 'tax_amount',
        'invoice_number', 'invoiced_at', 'invoiced_by_id', 'voided_at', 'voided_by_id', 'void_reason');
CREATE TRIGGER ledger_visit_stays BEFORE UPDATE ON ledger_visit FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_other_changes('member_id', 'request_id', 'operator_id', 'voided_at', 'voided_by_id',
        'void_reason');
CREATE TRIGGER ledger_coinplay_stays BEFORE UPDATE ON ledger_coinplay FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_other_changes('member_id');
CREATE TRIGGER ledger_dispense_stays BEFORE UPDATE ON ledger_dispense FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_other_changes('member_id');
CREATE TRIGGER ledger_hold_stays BEFORE UPDATE ON ledger_hold FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_other_changes('member_id', 'resolved_at', 'captured');
CREATE TRIGGER ledger_merge_stays BEFORE UPDATE ON ledger_merge FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_other_changes('undone_at', 'undone_by_id', 'undo_reason');
CREATE TRIGGER ledger_saleline_stays BEFORE UPDATE ON ledger_saleline FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_scope_stays BEFORE UPDATE OR DELETE ON ledger_scope FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_saletender_stays BEFORE UPDATE ON ledger_saletender FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_change();

-- What is said once is said for good.
CREATE TRIGGER ledger_sale_voided_once BEFORE UPDATE OF voided_at, voided_by_id, void_reason ON ledger_sale
    FOR EACH ROW WHEN (OLD.voided_at IS NOT NULL) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_sale_invoiced_once
    BEFORE UPDATE OF invoice_number, invoiced_at, invoiced_by_id, tax_amount ON ledger_sale
    FOR EACH ROW WHEN (OLD.invoice_number <> '') EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_visit_voided_once BEFORE UPDATE OF voided_at, voided_by_id, void_reason ON ledger_visit
    FOR EACH ROW WHEN (OLD.voided_at IS NOT NULL) EXECUTE FUNCTION ledger_refuse_change();
-- Who was checked in on a day that an import had told of.
CREATE TRIGGER ledger_visit_met_once BEFORE UPDATE OF request_id, operator_id ON ledger_visit
    FOR EACH ROW WHEN (OLD.source <> 'imported' OR OLD.request_id IS NOT NULL) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_hold_resolved_once BEFORE UPDATE OF resolved_at, captured ON ledger_hold
    FOR EACH ROW WHEN (OLD.resolved_at IS NOT NULL) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_merge_undone_once BEFORE UPDATE OF undone_at, undone_by_id, undo_reason ON ledger_merge
    FOR EACH ROW WHEN (OLD.undone_at IS NOT NULL) EXECUTE FUNCTION ledger_refuse_change();
-- What went back is never less than the refunds that say so.
CREATE FUNCTION ledger_refuse_below_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.refunded_total < (SELECT COALESCE(sum(total), 0) FROM ledger_salerefund WHERE sale_id = OLD.id) THEN
        RAISE EXCEPTION 'UPDATE on ledger_sale is refused: its refunds come to more'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_sale_not_below_refunds BEFORE UPDATE OF refunded_total ON ledger_sale
    FOR EACH ROW WHEN (NEW.refunded_total < OLD.refunded_total) EXECUTE FUNCTION ledger_refuse_below_refunds();

-- Only what an import brought over, and no value stands behind, can be taken back with the import.
CREATE TRIGGER ledger_sale_no_delete BEFORE DELETE ON ledger_sale FOR EACH ROW
    WHEN (OLD.source <> 'imported' OR OLD.txn_id IS NOT NULL OR OLD.voided_at IS NOT NULL OR OLD.invoiced_at IS NOT NULL)
    EXECUTE FUNCTION ledger_refuse_change();
CREATE FUNCTION ledger_refuse_unless_imported() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_sale WHERE id = OLD.sale_id AND (source <> 'imported' OR txn_id IS NOT NULL)) THEN
        RAISE EXCEPTION 'DELETE on % is refused: history is append-only', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER ledger_saleline_no_delete BEFORE DELETE ON ledger_saleline FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_unless_imported();
CREATE TRIGGER ledger_saletender_no_delete BEFORE DELETE ON ledger_saletender FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_unless_imported();
CREATE TRIGGER ledger_visit_no_delete BEFORE DELETE ON ledger_visit FOR EACH ROW
    WHEN (OLD.source <> 'imported' OR OLD.request_id IS NOT NULL OR OLD.voided_at IS NOT NULL)
    EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_coinplay_no_delete BEFORE DELETE ON ledger_coinplay FOR EACH ROW
    WHEN (OLD.txn_id IS NOT NULL OR OLD.batch NOT LIKE 'import %') EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_dispense_no_delete BEFORE DELETE ON ledger_dispense FOR EACH ROW
    WHEN (OLD.txn_id IS NOT NULL) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_hold_no_delete BEFORE DELETE ON ledger_hold FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_merge_no_delete BEFORE DELETE ON ledger_merge FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

CREATE TRIGGER ledger_sale_no_truncate BEFORE TRUNCATE ON ledger_sale EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_saleline_no_truncate BEFORE TRUNCATE ON ledger_saleline EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_saletender_no_truncate BEFORE TRUNCATE ON ledger_saletender EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_visit_no_truncate BEFORE TRUNCATE ON ledger_visit EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_coinplay_no_truncate BEFORE TRUNCATE ON ledger_coinplay EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_dispense_no_truncate BEFORE TRUNCATE ON ledger_dispense EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_hold_no_truncate BEFORE TRUNCATE ON ledger_hold EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_scope_no_truncate BEFORE TRUNCATE ON ledger_scope EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_merge_no_truncate BEFORE TRUNCATE ON ledger_merge EXECUTE FUNCTION ledger_refuse_change();
