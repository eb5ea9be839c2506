// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISubjects} from "../src/interfaces/ISubjects.sol";
import {LedgerBase} from "./LedgerBase.sol";

/// @notice Reading `spec/vectors`, an entry at a time.
abstract contract VectorsBase is LedgerBase {
    /// @dev Where `Subjects` keeps its words, after the two slots of OpenZeppelin's EIP712 and that of the guardians.
    uint256 private constant SUBJECT_WORDS = 3;

    string private _json;
    string private _at;

    function open(string memory file) internal {
        _json = vm.readFile(string.concat("../spec/vectors/", file));
    }

    /// @dev Moves to entry `i` of a list; false at its end.
    function enter(string memory list, uint256 i) internal returns (bool) {
        _at = string.concat(".", list, "[", vm.toString(i), "]");
        return vm.keyExistsJson(_json, _at);
    }

    function key(string memory name) internal view returns (string memory) {
        return string.concat(_at, ".", name);
    }

    function number(string memory name) internal view returns (uint256) {
        return vm.parseJsonUint(_json, key(name));
    }

    function integer(string memory name) internal view returns (int256) {
        return vm.parseJsonInt(_json, key(name));
    }

    function exists(string memory name) internal view returns (bool) {
        return vm.keyExistsJson(_json, key(name));
    }

    function words(string memory name) internal view returns (bytes32[] memory) {
        return vm.parseJsonBytes32Array(_json, key(name));
    }

    /// @dev A word anywhere in the file.
    function wordAt(string memory path) internal view returns (bytes32) {
        return vm.parseJsonBytes32(_json, path);
    }

    function addressAt(string memory name) internal view returns (address) {
        return vm.parseJsonAddress(_json, key(name));
    }

    function word(string memory name) internal view returns (bytes32) {
        return vm.parseJsonBytes32(_json, key(name));
    }

    function bytesAt(string memory name) internal view returns (bytes memory) {
        return vm.parseJsonBytes(_json, key(name));
    }

    /// @dev Puts the code of `from` on the chain and at the address for which the vector was signed.
    function place(address from) internal returns (address contractAt) {
        vm.chainId(number("chainId"));
        contractAt = addressAt("verifyingContract");
        vm.etch(contractAt, from.code);
    }

    /// @dev Sets the state of a subject in the contract at `contractAt`.
    function setSubject(address contractAt, address subject, address controller, uint64 nonce) internal {
        bytes32 slot = keccak256(abi.encode(subject, SUBJECT_WORDS));
        vm.store(contractAt, slot, bytes32(uint256(uint160(controller)) | (uint256(nonce) << 192)));
        same(ISubjects(contractAt).controllerOf(subject), controller, "controller as set");
        same(ISubjects(contractAt).nonceOf(subject), nonce, "nonce as set");
    }

    /// @dev ECDSA here is deterministic on both sides (RFC 6979), so even the signatures agree.
    function expectSigned() internal view {
        same(
            keccak256(signed(uint256(word("privateKey")), word("digest"))), keccak256(bytesAt("signature")), "signature"
        );
    }
}
