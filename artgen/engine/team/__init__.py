"""Processes that train one model together: where they meet, what they tell each other, what each works on."""
