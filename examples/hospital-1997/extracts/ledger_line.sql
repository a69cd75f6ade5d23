-- The general ledger of June 1997, one line for each department (cost centre) and cost type (account).
-- The workbook holds binary floating point ("41999.165999999997"); the ledger itself has three decimals.
SELECT 'hospital1' AS organisation,
       'Jun-97' AS period,
       department_code AS cost_centre,
       cost_type_code AS account,
       round(cost::DECIMAL(18, 9), 5) AS amount
FROM read_csv('Jun97HospitalCostsAndAdjustments__general_ledger_costs.csv')
