"""Dates name their month and clocks count to 24: 08/09/2026 is August here, September there.

What is typed is read by the same rule: a day in digits alone is an ISO day.
"""

DATE_FORMAT = "M j, Y"
DATETIME_FORMAT = "M j, Y, H:i"
TIME_FORMAT = "H:i"
SHORT_DATE_FORMAT = "M j, Y"
SHORT_DATETIME_FORMAT = "M j, Y, H:i"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%b %d, %Y", "%b %d %Y", "%d %b %Y", "%B %d, %Y", "%d %B %Y"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S.%f"]
