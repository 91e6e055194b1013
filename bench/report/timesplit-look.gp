lc rgb C_{{{key}}} fs {{#hatch}}pattern pattern({{{.}}}) border lc rgb C_{{{key}}}{{/hatch}}{{^hatch}}solid 1 noborder{{/hatch}}
