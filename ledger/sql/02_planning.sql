-- Workday or day of rest: the owner's word first, then the calendar library's, then the weekend where the owner
-- has entered days of that year. NULL: nobody knows, and lots limited to kinds of days cannot be used.
CREATE FUNCTION ledger_day_kind(p_header jsonb) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_day date := (p_header->>'day')::date;  -- as people live it, whatever day it is booked on
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
-- A lot limited to categories pays only for a bill that stays inside them. What a deposit `held` was allowed when it
-- was held: taking it draws on those very lots, whatever has ended since.
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
        WHERE l.wallet_id = p_wallet AND l.is_open
          AND CASE WHEN p_leg ? 'held' THEN l.id IN (
                  SELECT lot_id FROM ledger_movement WHERE txn_id = (p_header->>'reverses')::uuid)
              ELSE l.available_from <= v_now AND (l.expires_at IS NULL OR l.expires_at > v_now)
               AND (s.id IS NULL
                    OR ((s.store_ids = '{}' OR v_store = ANY (s.store_ids))
                        AND (s.day_kinds = '{}' OR ledger_day_kind(p_header) = ANY (s.day_kinds))
                        AND (s.category_ids = '{}' OR (v_categories <> '{}' AND s.category_ids @> v_categories))))
              END
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
    -- A deposit that was taken paid a bill, and what it took for that may come back.
    IF EXISTS (SELECT FROM ledger_txn WHERE id = p_original AND reverses_id IS NOT NULL
               AND (kind <> 'capture' OR p_sign > 0)) THEN
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
          AND (p_leg->>'lot' IS NULL OR m.lot_id = (p_leg->>'lot')::bigint)
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

-- Hand lots over: what is left of each becomes a new lot on the same terms, another member's or with another time.
-- The leg names the member, an asset, a contract or lots; a key `expires_at` or `available_from` changes the time.
CREATE FUNCTION ledger_plan_move(p_leg jsonb) RETURNS ledger_delta[]
LANGUAGE plpgsql AS $$
DECLARE
    v_plan ledger_delta[] := '{}';
    v_lots bigint[] := CASE WHEN jsonb_typeof(p_leg->'lots') = 'array'
                            THEN ARRAY(SELECT jsonb_array_elements_text(p_leg->'lots'))::bigint[] END;
    v_lot record;
    v_new bigint;
BEGIN
    FOR v_lot IN
        SELECT l.*, t.id AS goes_to, row_number() OVER (PARTITION BY t.id ORDER BY l.id) AS nth
        FROM ledger_lot l JOIN ledger_wallet w ON w.id = l.wallet_id
        JOIN ledger_wallet t ON t.member_id = (p_leg->>'to_member')::bigint AND t.asset_id = w.asset_id
        WHERE w.member_id = (p_leg->>'member')::bigint AND l.is_open
          AND (p_leg->>'asset' IS NULL OR w.asset_id = (p_leg->>'asset')::bigint)
          AND (p_leg->>'contract' IS NULL OR l.contract_id = (p_leg->>'contract')::uuid)
          AND (v_lots IS NULL OR l.id = ANY (v_lots))
        ORDER BY l.id
    LOOP
        IF v_lot.goes_to <> v_lot.wallet_id AND v_lot.nth + (
            SELECT count(*) FROM ledger_lot WHERE wallet_id = v_lot.goes_to AND is_open) > 200
        THEN
            PERFORM ledger_refuse('too_many_lots', jsonb_build_object('limit', 200));
        END IF;
        INSERT INTO ledger_lot (wallet_id, contract_id, store_id, origin, granted, remaining, cost, priority,
                                granted_at, available_from, expires_at, scope_id)
        VALUES (v_lot.goes_to, v_lot.contract_id, v_lot.store_id, v_lot.origin, v_lot.remaining, 0,
                ledger_cost_left(v_lot.granted, v_lot.cost, v_lot.remaining), v_lot.priority, v_lot.granted_at,
                coalesce((p_leg->>'available_from')::timestamptz, v_lot.available_from),
                CASE WHEN p_leg ? 'expires_at' THEN (p_leg->>'expires_at')::timestamptz ELSE v_lot.expires_at END,
                v_lot.scope_id)
        RETURNING id INTO v_new;
        v_plan := v_plan || ROW(v_lot.id, -v_lot.remaining, 5, NULL, 0, NULL)::ledger_delta
                         || ROW(v_new, v_lot.remaining, 5, NULL, 0, NULL)::ledger_delta;
    END LOOP;
    RETURN v_plan;
END $$;

-- Close what is left of a contract, whoever holds it. `expects` is what the arithmetic of the settlement saw, lot by
-- lot; anything else is refused, and so is a contract that a settlement has closed already and no undo reopened.
CREATE FUNCTION ledger_plan_close(p_leg jsonb) RETURNS ledger_delta[]
LANGUAGE plpgsql AS $$
DECLARE
    v_contract uuid := (p_leg->>'contract')::uuid;
BEGIN
    IF EXISTS (
        SELECT FROM ledger_lot l JOIN ledger_movement m ON m.lot_id = l.id
        WHERE l.contract_id = v_contract AND m.contra = 10 AND m.reverses_line IS NULL
          AND NOT EXISTS (SELECT FROM ledger_txn u WHERE u.reverses_id = m.txn_id AND u.outcome = 'posted'))
    THEN
        PERFORM ledger_refuse('contract_settled', '{}');
    END IF;
    IF (p_leg->'expects') <> coalesce((
        SELECT jsonb_object_agg(id, remaining) FROM ledger_lot WHERE contract_id = v_contract AND is_open), '{}')
    THEN
        PERFORM ledger_refuse('contract_changed', '{}');
    END IF;
    RETURN coalesce((
        SELECT array_agg(ROW(id, -remaining, 10, NULL, 0, NULL)::ledger_delta ORDER BY id)
        FROM ledger_lot WHERE contract_id = v_contract AND is_open), '{}');
END $$;
