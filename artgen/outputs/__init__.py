"""What a finished generator leaves for people: pictures, contact sheets, films and the page that shows them."""
