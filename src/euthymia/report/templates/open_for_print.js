addEventListener("beforeprint",function(){document.querySelectorAll("details.option").forEach(function(d){d.open=true})});
