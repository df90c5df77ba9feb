# The commands to remember; all of them are npm scripts.
.PHONY: all start run check test quick bench userland image clean
all: node_modules
	npm run build
node_modules: package-lock.json
	npm ci
start run: all
	npm start
check: all
	npm run check
test: all
	npm test
quick: all
	npm run test:quick
bench: all
	npm run bench
userland: node_modules
	npm run userland
image: node_modules
	npm run image
clean:
	rm -rf build dist
