"""How dates are written where Django's own way is not the desk's; see FORMAT_MODULE_PATH."""
