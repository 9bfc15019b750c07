-- What goes with a transaction and never changes, as one JSON array: the lots it opened, events of contracts, the
-- refund, the bill, the refund of a bill. Left out is what the product may change later: how much a lot was granted and
-- holds (free lots grow; the audit proves both), a bill's member and visit (merges and visits entered for the wrong
-- person), its refunded total (the sum of its refunds), its tax and invoice, and what a void notes.
-- Canonical form 2: the digest of form 1 with this behind it. Another column needs another form.
CREATE FUNCTION ledger_digests_2(p_first bigint, p_last bigint) RETURNS TABLE (number bigint, digest bytea)
LANGUAGE sql STABLE AS $$
    SELECT t.number, sha256(d.digest || convert_to(jsonb_build_array(
        -- What fills an empty lot and gives nothing back is the movement that opened it.
        (SELECT coalesce(jsonb_agg(jsonb_build_array(
             l.id, l.wallet_id, l.contract_id, l.store_id, l.origin, l.cost, l.priority, ledger_utc(l.granted_at),
             ledger_utc(l.available_from), ledger_utc(l.expires_at), l.scope_id,
             (SELECT jsonb_build_array(s.store_ids, s.day_kinds, s.category_ids)
              FROM ledger_scope s WHERE s.id = l.scope_id)) ORDER BY l.id), '[]')
         FROM ledger_movement m JOIN ledger_lot l ON l.id = m.lot_id
         WHERE m.txn_id = t.id AND m.amount > 0 AND m.lot_after = m.amount AND m.reverses_line IS NULL),
        (SELECT coalesce(jsonb_agg(jsonb_build_array(
             e.id, e.contract_id, e.kind, e.from_member_id, e.to_member_id, ledger_utc(e.noticed_at),
             ledger_utc(e.recorded_at), e.by_id, e.reason, e.details) ORDER BY e.id), '[]')
         FROM ledger_contractevent e WHERE e.txn_id = t.id),
        (SELECT jsonb_build_array(
             r.contract_id, r.member_id, r.store_id, r.till_id, r.cause, r.currency, r.paid, r.delivered, r.deducted,
             r.refund, r.interest, r.closed_cost, r.settlement, r.policy, r.arithmetic, r.evidence, r.reason,
             r.requested_by_id, r.approved_by_id, ledger_utc(r.terminated_at), ledger_utc(r.at), r.business_date,
             r.due_date,
             (SELECT coalesce(jsonb_agg(jsonb_build_array(
                  p.id, p.line, p.tender_id, p.amount, p.reference) ORDER BY p.line), '[]')
              FROM ledger_refundpayout p WHERE p.refund_id = r.txn_id))
         FROM ledger_refund r WHERE r.txn_id = t.id),
        (SELECT jsonb_build_array(
             b.id, b.store_id, b.till_id, b.operator_id, b.source, b.external_ref, ledger_utc(b.at), b.business_date,
             b.month_no, b.currency, b.list_total, b.total, b.goods_total, b.rounding, b.is_purchase,
             encode(b.request_hash, 'hex'),
             (SELECT coalesce(jsonb_agg(jsonb_build_array(
                  g.id, g.line, g.kind, g.product_id, g.description, g.quantity, g.list_value, g.charged_value,
                  g.contract_id) ORDER BY g.line), '[]')
              FROM ledger_saleline g WHERE g.sale_id = b.id),
             (SELECT coalesce(jsonb_agg(jsonb_build_array(
                  p.id, p.line, p.tender_id, p.amount, p.reference) ORDER BY p.line), '[]')
              FROM ledger_saletender p WHERE p.sale_id = b.id))
         FROM ledger_sale b WHERE b.txn_id = t.id),
        (SELECT jsonb_build_array(
             r.id, r.sale_id, r.store_id, r.till_id, r.operator_id, ledger_utc(r.at), r.business_date, r.total,
             r.rounding, r.reason, encode(r.request_hash, 'hex'),
             (SELECT coalesce(jsonb_agg(jsonb_build_array(
                  g.id, g.sale_line_id, g.quantity, g.amount) ORDER BY g.id), '[]')
              FROM ledger_salerefundline g WHERE g.refund_id = r.id),
             (SELECT coalesce(jsonb_agg(jsonb_build_array(
                  p.id, p.sale_tender_id, p.tender_id, p.amount, p.reference) ORDER BY p.id), '[]')
              FROM ledger_salerefundtender p WHERE p.refund_id = r.id))
         FROM ledger_salerefund r WHERE r.txn_id = t.id)
    )::text, 'UTF8'))
    FROM ledger_txn t JOIN ledger_digests(p_first, p_last) d ON d.number = t.number
    WHERE t.number BETWEEN p_first AND p_last
$$;

DROP FUNCTION IF EXISTS ledger_block(bigint, bigint);
-- What a seal of this form says of the transactions between two numbers, both included.
CREATE FUNCTION ledger_block(p_first bigint, p_last bigint, p_form smallint,
                             OUT txns int, OUT numbers bigint[], OUT marks bytea, OUT rows_hash bytea)
LANGUAGE sql STABLE AS $$
    SELECT count(*)::int, coalesce(array_agg(number ORDER BY number), '{}'),
           coalesce(string_agg(substr(digest, 1, 8), '' ORDER BY number), ''),
           sha256(coalesce(string_agg(digest, '' ORDER BY number), ''))
    FROM (SELECT * FROM ledger_digests(p_first, p_last) WHERE p_form = 1
          UNION ALL
          SELECT * FROM ledger_digests_2(p_first, p_last) WHERE p_form = 2) row
$$;

-- Seal all that is settled, in blocks of at most `p_most` transactions; returns how many blocks were written.
-- NULL: nothing was looked at, because a writer or another sealer is at work. Nobody at a counter waits for more
-- than the lock_timeout, and only while the horizon is fixed; hashing holds nobody up.
CREATE OR REPLACE FUNCTION ledger_seal_up(p_most int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET lock_timeout = '200ms' SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_horizon bigint;
    v_seal ledger_seal;
    v_form smallint := 2;
    v_made int := 0;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'ledger_seal_up needs READ COMMITTED';
    END IF;
    IF NOT pg_try_advisory_xact_lock(1936024941) THEN RETURN NULL; END IF;
    v_horizon := ledger_horizon();
    IF v_horizon IS NULL THEN RETURN NULL; END IF;
    SELECT * INTO v_seal FROM ledger_seal ORDER BY number DESC LIMIT 1;
    LOOP
        v_seal.first_number := coalesce(v_seal.last_number, 0) + 1;
        SELECT max(number) INTO v_seal.last_number FROM (
            SELECT number FROM ledger_txn WHERE number BETWEEN v_seal.first_number AND v_horizon
            ORDER BY number LIMIT p_most) block;
        EXIT WHEN v_seal.last_number IS NULL;
        SELECT b.txns, b.numbers, b.marks, b.rows_hash
        INTO v_seal.txns, v_seal.numbers, v_seal.marks, v_seal.rows_hash
        FROM ledger_block(v_seal.first_number, v_seal.last_number, v_form) b;
        v_seal.number := coalesce(v_seal.number, 0) + 1;
        v_seal.form := v_form;
        v_seal.sealed_at := clock_timestamp();
        v_seal.previous_hash := coalesce(v_seal.hash, sha256(''));
        v_seal.hash := ledger_seal_hash(v_seal);
        INSERT INTO ledger_seal SELECT v_seal.*;
        v_made := v_made + 1;
    END LOOP;
    RETURN v_made;
END $$;
