// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../src/Authority.sol";
import {Checkpoints} from "../src/Checkpoints.sol";
import {Consents} from "../src/Consents.sol";
import {Directory} from "../src/Directory.sol";
import {Subjects} from "../src/Subjects.sol";
import {IAuthority} from "../src/interfaces/IAuthority.sol";
import {IConsents} from "../src/interfaces/IConsents.sol";
import {Base} from "./Base.sol";

/// @notice The contracts deployed by a consortium, and a cast: Maria (patient), two hospitals, a relayer.
abstract contract LedgerBase is Base {
    uint48 internal constant START = 1_790_000_000;
    uint48 internal constant YEAR = 365 days;

    address internal council = addressOf("council");
    address internal guardian = addressOf("guardian");
    address internal relayer = addressOf("relayer");
    address internal stranger = addressOf("stranger");
    address internal aldhelm = addressOf("St. Aldhelm Hospital");
    address internal luz = addressOf("Hospital da Luz Nova");
    uint256 internal mariaKey = keyOf("Maria");
    address internal maria = addressOf("Maria");

    Authority internal authority;
    Directory internal directory;
    Subjects internal subjects;
    Consents internal consents;
    Checkpoints internal checkpoints;

    function setUp() public virtual {
        vm.warp(START);
        (authority, directory) = deployAuthority(0, 0);
        subjects = new Subjects();
        consents = new Consents(subjects, directory);
        checkpoints = new Checkpoints(directory);
    }

    /// @notice An Authority with these delays, and its Directory.
    function deployAuthority(uint32 councilDelay, uint32 adminDelay) internal returns (Authority made, Directory of_) {
        address place = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        made = new Authority(IAuthority.Setup(council, guardian, councilDelay, adminDelay, place));
        of_ = new Directory(address(made));
        same(address(of_), place, "place of the Directory");
    }

    /// @notice The council admits a provider.
    function admit(address operator, uint16 jurisdiction) internal returns (uint32) {
        return admitAs(1, operator, jurisdiction);
    }

    /// @notice The council admits an organisation with these roles.
    function admitAs(uint16 roles, address operator, uint16 jurisdiction) internal returns (uint32) {
        vm.prank(council);
        return
            directory.admit(
                roles, jurisdiction, operator, START + YEAR, keccak256("profile"), "https://a.example/profile"
            );
    }

    /// @notice An operator proposes the next key, which accepts.
    function handOver(address operator, address next, uint48 until) internal {
        uint32 id = directory.organizationOf(operator);
        vm.prank(operator);
        directory.proposeOperator(next, until);
        vm.prank(next);
        directory.acceptOperator(id);
    }

    function rotateDigest(address subject, address newController, uint64 nonce, uint48 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256("Rotate(address subject,address newController,uint64 nonce,uint48 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, subject, newController, nonce, deadline));
        return typedDigest("Anamnesis Subjects", address(subjects), structHash);
    }

    function revokeAllDigest(address subject, uint64 nonce, uint48 deadline) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("RevokeAll(address subject,uint64 nonce,uint48 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, subject, nonce, deadline));
        return typedDigest("Anamnesis Subjects", address(subjects), structHash);
    }

    function revokeManyDigest(address subject, uint24 word, uint256 mask) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("RevokeMany(address subject,uint24 word,uint256 mask)");
        bytes32 structHash = keccak256(abi.encode(typeHash, subject, word, mask));
        return typedDigest("Anamnesis Consents", address(consents), structHash);
    }

    function revokeUnderProxyDigest(bytes32 link, uint32 index) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("RevokeUnderProxy(bytes32 link,uint32 index)");
        return typedDigest("Anamnesis Consents", address(consents), keccak256(abi.encode(typeHash, link, index)));
    }

    function revokeDigest(address subject, uint32 index) internal view returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(keccak256("Revoke(address subject,uint32 index)"), subject, index));
        return typedDigest("Anamnesis Consents", address(consents), structHash);
    }
}
