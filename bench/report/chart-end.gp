if (whole) { unset multiplot }
unset output
}
