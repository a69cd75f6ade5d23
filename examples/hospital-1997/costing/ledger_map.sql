-- Every account is a pool of its own, named department/cost type.
SELECT '*' AS organisation,
       department_code AS cost_centre,
       cost_type_code AS account,
       department_code || '/' || cost_type_code AS pool,
       '1' AS share,
       'patient' AS treatment,
       NULL AS reason
FROM read_csv('Jun97HospitalCostsAndAdjustments__general_ledger_costs.csv')
ORDER BY cost_centre, account
