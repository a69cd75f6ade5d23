SELECT 'RLY' AS organisation,
'PAS' AS source,
FROM WHERE x
