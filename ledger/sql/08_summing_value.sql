-- What moved in the transactions numbered above `p_after` and up to `p_upto` (NULL: all there are), summed by whatever
-- reports ask. An undo counts where and as what it undoes counted, on its own day. Debts are no value of members.
-- The plan is made for the very numbers: they may span an hour or all of history.
CREATE FUNCTION ledger_value_moved(p_after bigint, p_upto bigint) RETURNS TABLE (
    business_date date, issued_id bigint, asset_id bigint, origin varchar, is_paid boolean, contra smallint,
    kind varchar, store_id bigint, granted_month int, amount bigint, cost bigint, list_value bigint)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
BEGIN
    p_upto := coalesce(p_upto, 9223372036854775807);
    RETURN QUERY
    SELECT t.business_date, l.store_id, w.asset_id, l.origin, l.cost > 0, m.contra,
           coalesce(undone.kind, t.kind), coalesce(undone.store_id, t.store_id, l.store_id),
           (extract(year FROM g.day) * 12 + extract(month FROM g.day) - 1)::int,
           sum(m.amount)::bigint, sum(m.cost)::bigint,
           sum(CASE WHEN m.contra = 3 THEN coalesce(m.list_value, m.charged_value, 0) ELSE 0 END)::bigint
    FROM ledger_txn t
    LEFT JOIN ledger_txn undone ON undone.id = t.reverses_id
    JOIN ledger_movement m ON m.txn_id = t.id
    JOIN ledger_lot l ON l.id = m.lot_id
    JOIN ledger_wallet w ON w.id = l.wallet_id
    JOIN ledger_asset a ON a.id = w.asset_id AND a.kind <> 'debt'
    JOIN members_store s ON s.id = l.store_id
    CROSS JOIN LATERAL (SELECT (l.granted_at AT TIME ZONE s.time_zone)::date) g (day)
    WHERE t.number > p_after AND t.number <= p_upto
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
END $$;

-- The days with what has not been summed yet, as of now: the rows kept and the tail, in one view of the database.
CREATE VIEW ledger_value AS
    SELECT business_date, issued_id, asset_id, origin, is_paid, contra, kind, store_id, amount, cost, list_value
    FROM ledger_valueday
    UNION ALL
    SELECT business_date, issued_id, asset_id, origin, is_paid, contra, kind, store_id, amount, cost, list_value
    FROM ledger_value_moved(coalesce((SELECT number FROM ledger_valuehorizon), 0), NULL);

-- The same by month and month of grant.
CREATE VIEW ledger_value_by_month AS
    SELECT month_no, granted_month, issued_id, asset_id, origin, is_paid, contra, amount, cost
    FROM ledger_valuemonth
    UNION ALL
    SELECT (extract(year FROM business_date) * 12 + extract(month FROM business_date) - 1)::int, granted_month,
           issued_id, asset_id, origin, is_paid, contra, amount, cost
    FROM ledger_value_moved(coalesce((SELECT number FROM ledger_valuehorizon), 0), NULL);
