SELECT 'TRUST' AS organisation, 'c' || i AS cost_centre, 'a' AS account, 999999999999.999999 AS amount FROM range(20) t(i)
