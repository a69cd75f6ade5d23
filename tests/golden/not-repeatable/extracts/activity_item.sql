SELECT org AS organisation, feed, item AS item_id, ev AS event_id, qty AS quantity, mins AS minutes FROM read_csv('data/items.csv')
