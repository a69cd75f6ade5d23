-- The hospital's adjustments, mappings and groupings, in the order in which they build on each other.
WITH feeder AS (
    SELECT 'pathology' AS feeder_code, * FROM read_csv('Jun97HospitalCostsAndAdjustments__pathology_tests.csv', all_varchar = true)
    UNION ALL SELECT 'radiology', * FROM read_csv('Jun97HospitalCostsAndAdjustments__radiology_examinations.csv', all_varchar = true)
    UNION ALL SELECT 'transfer', * FROM read_csv('Jun97HospitalCostsAndAdjustments__ambulance_transfers.csv', all_varchar = true)
    UNION ALL SELECT 'vmo', * FROM read_csv('Jun97HospitalCostsAndAdjustments__vmo_payments.csv', all_varchar = true)
    UNION ALL SELECT 'prosthetic', * FROM read_csv('Jun97HospitalCostsAndAdjustments__prosthetic_devices.csv', all_varchar = true)
),
-- 1. What a cost feeder itemises leaves its account for the feeder's own, to be given to episodes by amount.
itemised AS (
    SELECT 1 AS step, 0 AS mapping_order,
           item.department_code || '/' || item.cost_type_code AS from_pool,
           model.new_department_code || '/' || model.new_cost_type_code AS to_pool,
           sum(round(item.amount::DECIMAL(18, 9), 5))::DECIMAL(18, 6) AS amount,
           NULL::DECIMAL(18, 6) AS share,
           'itemised by feeder ' || item.feeder_code AS reason
    FROM feeder AS item
    JOIN read_csv('hospital1__feeders.csv', all_varchar = true) AS kind ON kind.feeder_code = item.feeder_code AND kind.feeder_type_code = 'C'
    JOIN read_csv('model1__feeder_model.csv', all_varchar = true) AS model ON model.feeder_code = item.feeder_code
    GROUP BY ALL
),
-- 2. and 3. The run's adjustments, then the model's mappings: A is an amount, F a fraction of what is there.
mapping AS (
    SELECT 2 AS step, * FROM read_csv('Jun97HospitalCostsAndAdjustments__general_ledger_run_adjustments.csv', all_varchar = true)
    UNION ALL BY NAME
    SELECT 3 AS step, * FROM read_csv('model1__general_ledger_mapping.csv', all_varchar = true)
),
moved AS (
    SELECT step, mapping_order::INTEGER AS mapping_order,
           from_department_code || '/' || from_cost_type_code AS from_pool,
           to_department_code || '/' || to_cost_type_code AS to_pool,
           CASE mapping_type_code WHEN 'A' THEN amount::DECIMAL(18, 6) END AS amount,
           CASE mapping_type_code WHEN 'F' THEN amount::DECIMAL(18, 6) END AS share,
           CASE step WHEN 2 THEN 'adjustment of the run' ELSE 'mapping of the model' END AS reason
    FROM mapping
),
-- 4. to 6. Departments are grouped, then cost types within a department, then cost types everywhere.
grouped AS (
    SELECT 4 AS step, from_department_code || '/*' AS from_pool, to_department_code || '/*' AS to_pool,
           'departments grouped' AS reason
    FROM read_csv('model1__department_grouping.csv', all_varchar = true)
    UNION ALL
    SELECT 5, department_code || '/' || from_cost_type_code, department_code || '/' || to_cost_type_code,
           'cost types of a department grouped'
    FROM read_csv('model1__department_cost_type_grouping.csv', all_varchar = true)
    UNION ALL
    SELECT 6, '*/' || from_cost_type_code, '*/' || to_cost_type_code, 'cost types grouped'
    FROM read_csv('model1__cost_type_grouping.csv', all_varchar = true)
),
-- 7. A cost type that nothing above moves costs to is 'other' in its department.
kept AS (
    SELECT to_cost_type_code AS cost_type_code FROM mapping
    UNION SELECT to_cost_type_code FROM read_csv('model1__department_cost_type_grouping.csv', all_varchar = true)
    UNION SELECT to_cost_type_code FROM read_csv('model1__cost_type_grouping.csv', all_varchar = true)
    UNION SELECT new_cost_type_code FROM read_csv('model1__feeder_model.csv', all_varchar = true)
    UNION SELECT 'other'
),
rest AS (
    SELECT DISTINCT 7 AS step, '*/' || cost_type_code AS from_pool, '*/other' AS to_pool, 'other cost types' AS reason
    FROM read_csv('Jun97HospitalCostsAndAdjustments__general_ledger_costs.csv', all_varchar = true)
    WHERE cost_type_code NOT IN (SELECT cost_type_code FROM kept)
)
SELECT '*' AS organisation, step, from_pool, to_pool, amount, share, reason
FROM (
    SELECT step, mapping_order, from_pool, to_pool, amount, share, reason FROM itemised
    UNION ALL SELECT step, mapping_order, from_pool, to_pool, amount, share, reason FROM moved
    UNION ALL SELECT step, 0, from_pool, to_pool, NULL, 1, reason FROM grouped
    UNION ALL SELECT step, 0, from_pool, to_pool, NULL, 1, reason FROM rest
)
ORDER BY step, mapping_order, from_pool, to_pool
