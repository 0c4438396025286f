.PHONY: demo test clean

# Set up and run the main job: six example cases, six plans.
demo:
	@tools/setup run
	@$${EUTHYMIA_VENV:-.venv}/bin/euthymia demo -o demo-out

# Set up and run every check.
test:
	@tools/test

clean:
	rm -rf .venv demo-out build dist
