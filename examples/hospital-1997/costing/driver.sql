-- The attributes of the general ledger: floor space and the like are quantities; an attribute named total... is the
-- department's whole cost, one that starts with the name of a cost type that department's cost of that type.
SELECT '*' AS organisation,
       attribute.general_ledger_attribute_code AS driver,
       attribute.department_code || '/' || attribute.cost_type_code AS pool,
       round(attribute.general_ledger_attribute_weight::DECIMAL(18, 9), 5) AS quantity,
       CASE WHEN attribute.general_ledger_attribute_code LIKE 'total%' THEN attribute.department_code || '/*'
            WHEN kind.cost_type_code IS NOT NULL THEN attribute.department_code || '/' || kind.cost_type_code
       END AS cost_of
FROM read_csv('model1__general_ledger_attributes.csv', all_varchar = true) AS attribute
LEFT JOIN read_csv('hospital1__cost_types.csv', all_varchar = true) AS kind
       ON starts_with(attribute.general_ledger_attribute_code, kind.cost_type_code)
ORDER BY driver, pool
