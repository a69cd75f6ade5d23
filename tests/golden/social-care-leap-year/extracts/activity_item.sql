SELECT 'COUN' AS organisation, 'package' AS feed, package AS item_id, agreement AS event_id, service AS code,
    "from" AS start, "to" AS "end", frequency, units AS quantity, price AS unit_price, client_pays AS contribution
FROM read_csv('packages.csv')
