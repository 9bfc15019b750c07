-- What each revocation would take: the lines of the opening named, asset by asset, the last line of each first, and
-- whether all of it is still there. A lot that two of them name is nobody's: ledger_post decides who comes first.
CREATE FUNCTION ledger_opened_lines(p_revocations jsonb) RETURNS TABLE (
    ord bigint, id uuid, line bigint, opened_line smallint, wallet bigint, lot bigint, amount bigint, contra smallint,
    list_value bigint, charged_value bigint, cost bigint, is_whole boolean)
LANGUAGE sql STABLE AS $$
    SELECT r.ord, r.id, row_number() OVER (PARTITION BY r.ord ORDER BY a.ord, m.line DESC), m.line, m.wallet_id,
           m.lot_id, m.amount, m.contra, m.list_value, m.charged_value, l.cost,
           t.kind = 'opening' AND l.granted = m.amount AND l.remaining = m.amount
           AND count(*) OVER (PARTITION BY m.lot_id) = 1
    FROM ROWS FROM (jsonb_to_recordset(p_revocations) AS (id uuid, reverses uuid, assets jsonb))
        WITH ORDINALITY AS r (id, reverses, assets, ord)
    CROSS JOIN LATERAL jsonb_array_elements_text(r.assets) WITH ORDINALITY AS a (asset, ord)
    JOIN ledger_txn t ON t.id = r.reverses
    JOIN ledger_movement m ON m.txn_id = r.reverses AND m.amount > 0
    JOIN ledger_wallet w ON w.id = m.wallet_id AND w.asset_id = a.asset::bigint
    JOIN ledger_lot l ON l.id = m.lot_id
$$;

-- Write revocations of whole openings: for each the very rows that ledger_post would write with a leg for each asset.
CREATE FUNCTION ledger_write_revocations(p_header jsonb, p_revocations jsonb, p_left uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH taken AS MATERIALIZED (
        SELECT o.*, row_number() OVER wallet AS nth, sum(o.amount) OVER wallet AS upto
        FROM ledger_opened_lines(p_revocations) o WHERE o.id <> ALL (p_left)
        WINDOW wallet AS (PARTITION BY o.wallet ORDER BY o.ord, o.line)
    ), txn AS (
        INSERT INTO ledger_txn (id, kind, outcome, request_hash, reverses_id, member_id, store_id, operator_id, reason,
                                business_date, occurred_at, recorded_at)
        SELECT r.id, 'reverse', 'posted', sha256(convert_to('reverse' || r.request::text, 'UTF8')), r.reverses, r.member,
               (p_header->>'store')::bigint, (p_header->>'operator')::bigint, p_header->>'reason',
               (p_header->>'business_date')::date, (p_header->>'at')::timestamptz, clock_timestamp()
        FROM ROWS FROM (jsonb_to_recordset(p_revocations) AS (id uuid, reverses uuid, member bigint, request jsonb))
            WITH ORDINALITY AS r (id, reverses, member, request, ord)
        WHERE r.id <> ALL (p_left) ORDER BY r.ord
    ), lot AS (
        UPDATE ledger_lot l SET remaining = 0 FROM taken WHERE l.id = taken.lot
    ), wallet AS (
        UPDATE ledger_wallet w SET balance = w.balance - s.amount, seq = w.seq + s.lines
        FROM (SELECT wallet, sum(amount) AS amount, count(*) AS lines FROM taken GROUP BY wallet) s
        WHERE w.id = s.wallet RETURNING w.id, w.balance + s.amount AS balance, w.seq - s.lines AS seq
    )
    INSERT INTO ledger_movement (txn_id, line, wallet_id, lot_id, amount, contra, list_value, charged_value, cost,
                                 wallet_seq, balance_after, lot_after, reverses_line)
    SELECT t.id, t.line, t.wallet, t.lot, -t.amount, t.contra, -t.list_value, coalesce(-t.charged_value, t.cost), -t.cost,
           w.seq + t.nth, w.balance - t.upto, 0, t.opened_line
    FROM taken t JOIN wallet w ON w.id = t.wallet;
END $$;

-- Take many openings back in one statement; returns the ids it left alone: known already, or of openings that are not
-- whole any more or never had these assets. They are for ledger_post to answer, under the locks that are held by then.
CREATE FUNCTION ledger_revoke_many(p_header jsonb, p_revocations jsonb) RETURNS uuid[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
    v_left uuid[];
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'ledger_revoke_many needs READ COMMITTED';
    END IF;
    IF jsonb_path_exists(p_revocations, '$[*] ? (@.assets.size() > 49)') THEN
        RAISE 'a revocation has at most 49 assets';
    END IF;
    PERFORM FROM ledger_wallet
    WHERE id = ANY (ARRAY(
        SELECT m.wallet_id FROM jsonb_to_recordset(p_revocations) AS r (reverses uuid)
        JOIN ledger_movement m ON m.txn_id = r.reverses))
    ORDER BY id FOR NO KEY UPDATE;
    -- Only now, when nobody draws on them any more.
    v_left := ARRAY(
        SELECT r.id FROM jsonb_to_recordset(p_revocations) AS r (id uuid) JOIN ledger_txn t ON t.id = r.id
        UNION
        SELECT r.id FROM jsonb_to_recordset(p_revocations) AS r (id uuid)
        LEFT JOIN ledger_opened_lines(p_revocations) o ON o.id = r.id
        GROUP BY r.id HAVING coalesce(bool_and(o.is_whole), false) IS FALSE);
    PERFORM ledger_write_revocations(p_header, p_revocations, v_left);
    RETURN v_left;
END $$;
