-- The disbursement of indirect costs, cascading by level: step-down.
SELECT '*' AS organisation,
       department_code || '/' || cost_type_code AS pool,
       'step_down' AS method,
       disbursement_level AS step,
       general_ledger_attribute_code AS driver,
       NULL AS fallback
FROM read_csv('model1__general_ledger_disbursement.csv', all_varchar = true)
ORDER BY step, pool
