ALTER SEQUENCE ledger_txn_number OWNED BY ledger_txn.number;

-- Evidence is append-only, for its owner too.
CREATE TRIGGER ledger_seal_append_only BEFORE UPDATE OR DELETE ON ledger_seal
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_seal_no_truncate BEFORE TRUNCATE ON ledger_seal
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_checkrun_append_only BEFORE UPDATE OR DELETE ON ledger_checkrun
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_checkrun_no_truncate BEFORE TRUNCATE ON ledger_checkrun
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- A moment as every reader writes it, whatever the session's time zone.
CREATE FUNCTION ledger_utc(p_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- Canonical form 1: a transaction with its movements and contracts as one JSON array, columns in this order.
-- Seals that exist were made from it: another column needs another form.
CREATE FUNCTION ledger_digests(p_first bigint, p_last bigint) RETURNS TABLE (number bigint, digest bytea)
LANGUAGE sql STABLE AS $$
    SELECT t.number, sha256(convert_to(jsonb_build_array(
        t.number, t.id, t.kind, t.outcome, encode(t.request_hash, 'hex'), t.refusal, t.reverses_id, t.member_id,
        t.store_id, t.till_id, t.operator_id, t.reason, t.business_date, ledger_utc(t.occurred_at),
        ledger_utc(t.recorded_at),
        (SELECT coalesce(jsonb_agg(jsonb_build_array(
             m.line, m.wallet_id, m.lot_id, m.amount, m.contra, m.list_value, m.charged_value, m.cost, m.wallet_seq,
             m.balance_after, m.lot_after, m.reverses_line) ORDER BY m.line), '[]')
         FROM ledger_movement m WHERE m.txn_id = t.id),
        (SELECT coalesce(jsonb_agg(jsonb_build_array(
             c.id, c.kind, c.member_id, c.payer_id, c.entity_id, c.store_id, c.paid, c.list_value, c.bonus,
             c.currency, c.offer_code, c.title, c.snapshot, c.terms_version, c.honoured_at, ledger_utc(c.sold_at),
             c.sold_by_id, ledger_utc(c.cooling_off_ends_at)) ORDER BY c.id), '[]')
         FROM ledger_contract c WHERE c.txn_id = t.id)
    )::text, 'UTF8'))
    FROM ledger_txn t WHERE t.number BETWEEN p_first AND p_last
$$;

-- The hash of a seal, over all it proves and the seal before it.
CREATE FUNCTION ledger_seal_hash(s ledger_seal) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to(concat_ws('|', 'regulars seal', s.form, s.number, ledger_utc(s.sealed_at),
        s.first_number, s.last_number, s.txns, encode(s.rows_hash, 'hex'), encode(s.previous_hash, 'hex')), 'UTF8'))
$$;

-- The highest number below which everything is settled. NULL: a writer kept us waiting too long.
-- The exception is how a lock of a transaction is let go before its end; the variable keeps what was read.
CREATE FUNCTION ledger_horizon() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_highest bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1936024940);
    SELECT coalesce(max(number), 0) INTO v_highest FROM ledger_txn;
    RAISE EXCEPTION USING ERRCODE = 'RG003', MESSAGE = 'the horizon is fixed';
EXCEPTION
    WHEN SQLSTATE 'RG003' THEN RETURN v_highest;
    WHEN lock_not_available THEN RETURN NULL;
END $$;
