// Adds sorting to tables: each column heading becomes a button. Without script the tables stay as
// they are. Withheld and empty cells sort last; a total row stays at the end.
(function () {
  'use strict';

  function valueOf(row, index) {
    var cell = row.cells[index];
    if (cell.hasAttribute('data-value')) {
      return BigInt(cell.getAttribute('data-value'));
    }
    return cell.classList.contains('number') ? null : cell.textContent;
  }

  function compare(a, b, direction) {
    if (a === null || b === null) {
      return (a === null) - (b === null);
    }
    if (typeof a === 'string') {
      return direction * a.localeCompare(b, 'en-GB', { numeric: true });
    }
    return a < b ? -direction : a > b ? direction : 0;
  }

  function sort(table, index, heading) {
    var direction = heading.getAttribute('aria-sort') === 'descending' ? 1 : -1;
    if (!heading.classList.contains('number') && !heading.hasAttribute('aria-sort')) {
      direction = 1;
    }
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) {
      other.removeAttribute('aria-sort');
    });
    heading.setAttribute('aria-sort', direction === 1 ? 'ascending' : 'descending');
    var body = table.tBodies[0];
    var total = body.querySelector('tr.total');
    Array.prototype.filter.call(body.rows, function (row) { return row !== total; })
      .map(function (row) { return { row: row, value: valueOf(row, index) }; })
      .sort(function (a, b) { return compare(a.value, b.value, direction); })
      .forEach(function (entry) { body.insertBefore(entry.row, total); });
  }

  Array.prototype.forEach.call(document.querySelectorAll('table.sortable'), function (table) {
    if (table.tBodies[0].rows.length < 3) {
      return;
    }
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (heading, index) {
      var button = document.createElement('button');
      button.type = 'button';
      button.textContent = heading.textContent;
      heading.textContent = '';
      heading.appendChild(button);
      button.addEventListener('click', function () { sort(table, index, heading); });
    });
  });
})();
