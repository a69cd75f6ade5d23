-- Feeder prosthetic: itemised amounts that name their episode (hospital1__feeders.csv says which are costs and which are weights).
SELECT 'hospital1' AS organisation,
       'prosthetic' AS feed,
       concat_ws('-', who, invoice_no, service_code, invoice_line_no) AS item_id,
       episode_no AS event_id,
       trim(what) AS code,
       DATE '1899-12-30' + item_date::INTEGER AS start,
       round(amount::DECIMAL(18, 9), 5) AS amount
FROM read_csv('Jun97HospitalCostsAndAdjustments__prosthetic_devices.csv')
