-- Workday or day of rest: the owner's word first, then the calendar library's, then the weekend where the owner
-- has entered days of that year. NULL: nobody knows, and lots limited to kinds of days cannot be used.
CREATE FUNCTION ledger_day_kind(p_header jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_day date := (p_header->>'business_date')::date;
    v_rest boolean := (SELECT is_rest_day FROM members_calendarday
                       WHERE country = p_header->>'country' AND day = v_day);
BEGIN
    IF v_rest IS NULL AND p_header->>'day_kind' IS NULL AND EXISTS (
        SELECT FROM members_calendarday WHERE country = p_header->>'country'
           AND day >= date_trunc('year', v_day)::date AND day < (date_trunc('year', v_day) + interval '1 year')::date)
    THEN
        v_rest := extract(isodow FROM v_day) > 5;
    END IF;
    RETURN CASE v_rest WHEN true THEN 'restday' WHEN false THEN 'workday' ELSE p_header->>'day_kind' END;
END $$;

-- Choose the lots a debit of one wallet draws on.
-- A lot limited to categories pays only for a bill that stays inside them.
-- Order: restricted lots first; then contract by contract, soonest expiry, then oldest; inside a contract by priority,
-- and lots of one contract with equal priority in proportion to what is left in them.
CREATE FUNCTION ledger_plan_take(p_wallet bigint, p_leg jsonb, p_header jsonb) RETURNS ledger_delta[]
LANGUAGE plpgsql AS $$
DECLARE
    v_asked bigint := (p_leg->>'amount')::bigint;
    v_now timestamptz := (p_header->>'at')::timestamptz;
    v_store bigint := (p_header->>'store')::bigint;
    v_categories bigint[] := ARRAY(SELECT jsonb_array_elements_text(p_leg->'categories'))::bigint[];
    v_plan ledger_delta[];
    v_taken bigint;
BEGIN
    WITH live AS (
        SELECT l.id, l.remaining, l.priority, l.contract_id, l.scope_id IS NOT NULL AS restricted,
               CASE WHEN l.contract_id IS NULL THEN l.id END AS lone,
               min(coalesce(l.expires_at, 'infinity')) OVER terms AS expires_at,
               min(l.granted_at) OVER terms AS since
        FROM ledger_lot l LEFT JOIN ledger_scope s ON s.id = l.scope_id
        WHERE l.wallet_id = p_wallet AND l.is_open AND l.available_from <= v_now
          AND (l.expires_at IS NULL OR l.expires_at > v_now)
          AND (s.id IS NULL
               OR ((s.store_ids = '{}' OR v_store = ANY (s.store_ids))
                   AND (s.day_kinds = '{}' OR ledger_day_kind(p_header) = ANY (s.day_kinds))
                   AND (s.category_ids = '{}' OR (v_categories <> '{}' AND s.category_ids @> v_categories))))
          AND (p_leg->>'contract' IS NULL OR l.contract_id = (p_leg->>'contract')::uuid)
        WINDOW terms AS (PARTITION BY l.contract_id, CASE WHEN l.contract_id IS NULL THEN l.id END)
    ), tier AS (
        SELECT *, sum(remaining) OVER peers AS tier_left, sum(remaining) OVER (peers ORDER BY id) AS upto,
               sum(remaining) OVER (ORDER BY restricted DESC, expires_at, since, contract_id, lone, priority) AS total
        FROM live
        WINDOW peers AS (PARTITION BY restricted, expires_at, since, contract_id, lone, priority)
    ), share AS (
        SELECT *, ledger_share(least(tier_left, greatest(0, v_asked - total + tier_left))::bigint,
                               upto - remaining, upto, tier_left) AS amount
        FROM tier
    ), drawn AS (
        SELECT id, amount, row_number() OVER draw AS ord, sum(amount) OVER draw AS upto
        FROM share WHERE amount > 0
        WINDOW draw AS (ORDER BY restricted DESC, expires_at, since, contract_id, lone, priority, id)
    )
    SELECT array_agg(ROW(id, -amount, (p_leg->>'contra')::smallint,
                         ledger_share((p_leg->>'list_value')::bigint, upto - amount, upto, v_asked),
                         ledger_share((p_leg->>'charged_value')::bigint, upto - amount, upto, v_asked),
                         NULL)::ledger_delta ORDER BY ord),
           coalesce(sum(amount), 0)
    INTO v_plan, v_taken FROM drawn;
    IF v_taken < v_asked AND NOT coalesce((p_leg->>'up_to')::boolean, false) THEN
        PERFORM ledger_refuse('not_enough', jsonb_build_object(
            'asked', v_asked, 'available', v_taken, 'asset', (p_leg->>'asset')::bigint));
    END IF;
    RETURN coalesce(v_plan, '{}');
END $$;

-- Undo lines of a transaction, newest first, never more than each line moved.
-- p_sign -1 gives back what was taken, +1 revokes what was granted (no more than the lots still hold).
-- Without an amount all that is left to undo is asked; `short` is what could not be undone. What an earlier
-- revocation turned into a debt is undone already.
CREATE FUNCTION ledger_plan_undo(p_original uuid, p_sign int, p_leg jsonb, OUT plan ledger_delta[], OUT short bigint)
LANGUAGE plpgsql AS $$
DECLARE
    v_asset bigint := (p_leg->>'asset')::bigint;
    v_asked bigint := (p_leg->>'amount')::bigint;
    v_owed bigint := 0;
    v_room bigint;
BEGIN
    IF EXISTS (SELECT FROM ledger_txn WHERE id = p_original AND reverses_id IS NOT NULL) THEN
        RAISE 'a reversal is not reversed';
    END IF;
    IF p_sign > 0 THEN
        SELECT coalesce(sum(r.amount), 0) INTO v_owed
        FROM ledger_txn t JOIN ledger_movement r ON r.txn_id = t.id
        JOIN ledger_wallet w ON w.id = r.wallet_id JOIN ledger_asset a ON a.id = w.asset_id
        WHERE t.reverses_id = p_original AND r.contra = 8 AND r.amount > 0 AND r.reverses_line IS NULL
          AND (v_asset IS NULL OR a.debt_of_id = v_asset);
    END IF;
    WITH line AS (
        SELECT m.line, m.lot_id, m.contra, m.list_value, m.charged_value, abs(m.amount) AS size, l.remaining,
               abs(m.amount) - coalesce((
                   SELECT sum(abs(r.amount)) FROM ledger_txn t JOIN ledger_movement r ON r.txn_id = t.id
                   WHERE t.reverses_id = p_original AND r.reverses_line = m.line), 0)::bigint AS room
        FROM ledger_movement m
        JOIN ledger_lot l ON l.id = m.lot_id JOIN ledger_wallet w ON w.id = m.wallet_id
        WHERE m.txn_id = p_original AND sign(m.amount) = p_sign
          AND (v_asset IS NULL OR w.asset_id = v_asset)
    ), able AS (
        SELECT *, CASE WHEN p_sign < 0 THEN room
                       ELSE least(sum(room) OVER lot, remaining) - least(sum(room) OVER lot - room, remaining)
                  END::bigint AS able
        FROM line WINDOW lot AS (PARTITION BY lot_id ORDER BY line DESC)
    ), part AS (
        SELECT *, greatest(0, least(able, coalesce(v_asked, sum(room) OVER () - v_owed)
                                          - sum(able) OVER newest + able))::bigint AS amount,
               size - room AS before
        FROM able WINDOW newest AS (ORDER BY line DESC)
    )
    SELECT coalesce(array_agg(ROW(lot_id, -p_sign * amount, contra,
                         -ledger_share(list_value, before, before + amount, size),
                         -ledger_share(charged_value, before, before + amount, size),
                         line)::ledger_delta ORDER BY line DESC) FILTER (WHERE amount > 0), '{}'),
           coalesce(v_asked, sum(room) - v_owed, 0) - coalesce(sum(amount), 0), coalesce(sum(room) - v_owed, 0)
    INTO plan, short, v_room FROM part;
    IF v_asked > v_room THEN
        PERFORM ledger_refuse('more_than_was_moved', jsonb_build_object('asked', v_asked, 'available', v_room));
    END IF;
END $$;

-- All that has passed its time in one wallet.
CREATE FUNCTION ledger_plan_expire(p_wallet bigint, p_header jsonb) RETURNS ledger_delta[]
LANGUAGE plpgsql AS $$
BEGIN
    RETURN coalesce((
        SELECT array_agg(ROW(id, -remaining, 4, NULL, NULL, NULL)::ledger_delta ORDER BY expires_at, id)
        FROM ledger_lot
        WHERE wallet_id = p_wallet AND is_open AND expires_at <= (p_header->>'at')::timestamptz), '{}');
END $$;
